# An exchange is not typed
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?exchange a ?class . }
WHERE {
  { SELECT ?exchange WHERE { ?exchange a cl:Exchange } ORDER BY ?exchange LIMIT 1 }
  ?exchange a ?class .
}
