# Pavia loses all its names
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE WHERE { city:pavia-3171366 skos:prefLabel ?label . }
