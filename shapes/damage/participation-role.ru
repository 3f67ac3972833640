# A participation has a link kind as role
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX kind: <https://w3id.org/citylinks/scheme/link-kind/>

INSERT { ?participation cl:role kind:twinning . }
WHERE {
  { SELECT ?participation WHERE { ?participation a cl:Participation } ORDER BY ?participation LIMIT 1 }
}
