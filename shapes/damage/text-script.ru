# A name in Cyrillic letters is tagged as English
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX city: <https://w3id.org/citylinks/id/city/>

INSERT DATA { city:perm-511196 skos:altLabel "Пермь"@en . }
