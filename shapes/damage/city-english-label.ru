# Pavia loses its English name
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE { city:pavia-3171366 skos:prefLabel ?label }
WHERE { city:pavia-3171366 skos:prefLabel ?label . FILTER(LANG(?label) = "en") }
