# A participation is not typed
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?participation a ?class . }
WHERE {
  { SELECT ?participation WHERE { ?participation a cl:Participation } ORDER BY ?participation LIMIT 1 }
  ?participation a ?class .
}
