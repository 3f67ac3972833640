# A topic passes
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX topic: <https://w3id.org/citylinks/scheme/topic/>

INSERT { ?transfer cl:transferMode topic:heritage . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer a cl:PracticeTransfer } ORDER BY ?transfer LIMIT 1 }
}
