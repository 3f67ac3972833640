# A practice has a topic as its type
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX topic: <https://w3id.org/citylinks/scheme/topic/>

INSERT { ?practice cl:practiceType topic:heritage . }
WHERE {
  { SELECT ?practice WHERE { ?practice cl:practiceType ?type } ORDER BY ?practice LIMIT 1 }
}
