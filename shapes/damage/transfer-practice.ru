# A transfer is of no practice
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?transfer cl:transferOf ?practice . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer a cl:PracticeTransfer } ORDER BY ?transfer LIMIT 1 }
  ?transfer cl:transferOf ?practice .
}
