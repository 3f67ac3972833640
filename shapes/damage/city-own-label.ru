# Iași loses its Romanian name
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE { city:iasi-675810 skos:prefLabel ?label }
WHERE { city:iasi-675810 skos:prefLabel ?label . FILTER(LANG(?label) = "ro") }
