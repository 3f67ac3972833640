# A transfer comes from nowhere
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?transfer cl:fromCity ?city . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer a cl:PracticeTransfer } ORDER BY ?transfer LIMIT 1 }
  ?transfer cl:fromCity ?city .
}
