# Pavia gets another name without a language
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { city:pavia-3171366 skos:altLabel "Papia" . }
