# A participation has nobody who takes part
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?participation cl:participant ?participant . }
WHERE {
  { SELECT ?participation WHERE { ?participation a cl:Participation } ORDER BY ?participation LIMIT 1 }
  ?participation cl:participant ?participant .
}
