# A practice carried out has no stage
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?carriedOut cl:stage ?stage . }
WHERE {
  { SELECT ?carriedOut WHERE { ?carriedOut a cl:PracticeImplementation } ORDER BY ?carriedOut LIMIT 1 }
  ?carriedOut cl:stage ?stage .
}
