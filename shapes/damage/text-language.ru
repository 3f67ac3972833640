# A name of Pavia has a tag that no register knows
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX city: <https://w3id.org/citylinks/id/city/>

INSERT DATA { city:pavia-3171366 skos:altLabel "Ticinum"@xx-zzzzzzzz . }
