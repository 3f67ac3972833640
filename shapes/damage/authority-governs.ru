# The authority of Pavia governs no city
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?authority cl:governs city:pavia-3171366 . }
WHERE {
  ?authority cl:governs city:pavia-3171366 .
}
