# A practice is not typed
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?practice a ?class . }
WHERE {
  { SELECT ?practice WHERE { ?practice cl:practiceType ?type } ORDER BY ?practice LIMIT 1 }
  ?practice a ?class .
}
