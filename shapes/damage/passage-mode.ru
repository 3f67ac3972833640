# A passage has no mode
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?passage cl:mode ?mode . }
WHERE {
  { SELECT ?passage WHERE { ?passage a cl:Passage } ORDER BY ?passage LIMIT 1 }
  ?passage cl:mode ?mode .
}
