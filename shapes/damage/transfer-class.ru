# A transfer is not typed
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?transfer a ?class . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer a cl:PracticeTransfer } ORDER BY ?transfer LIMIT 1 }
  ?transfer a ?class .
}
