# Pavia gets its own name once more as another name
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT { city:pavia-3171366 skos:altLabel ?label }
WHERE { city:pavia-3171366 skos:prefLabel ?label }
