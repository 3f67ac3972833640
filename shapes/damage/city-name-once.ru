# Pavia has two English names
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { <https://w3id.org/citylinks/id/city/pavia-3171366> skos:prefLabel "Papia"@en . }
