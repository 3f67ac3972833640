# A transfer goes nowhere
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?transfer cl:toCity ?city . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer a cl:PracticeTransfer } ORDER BY ?transfer LIMIT 1 }
  ?transfer cl:toCity ?city .
}
