# A practice carried out is not typed
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?carriedOut a ?class . }
WHERE {
  { SELECT ?carriedOut WHERE { ?carriedOut a cl:PracticeImplementation } ORDER BY ?carriedOut LIMIT 1 }
  ?carriedOut a ?class .
}
