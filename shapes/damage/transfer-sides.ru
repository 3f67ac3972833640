# A practice passes from a city to itself
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?transfer cl:toCity ?city . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer a cl:PracticeTransfer } ORDER BY ?transfer LIMIT 1 }
  ?transfer cl:fromCity ?city .
}
