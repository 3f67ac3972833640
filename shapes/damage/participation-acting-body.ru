# A city acts as a body
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?participation cl:actingBody city:pavia-3171366 . }
WHERE {
  { SELECT ?participation WHERE { ?participation a cl:Participation } ORDER BY ?participation LIMIT 1 }
}
