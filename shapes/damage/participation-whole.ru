# A participation belongs to nothing
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?whole cl:participation ?participation . }
WHERE {
  { SELECT ?participation WHERE { ?participation a cl:Participation } ORDER BY ?participation LIMIT 1 }
  ?whole cl:participation ?participation .
}
