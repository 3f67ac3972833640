# A passage is not typed
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?passage a ?class . }
WHERE {
  { SELECT ?passage WHERE { ?passage a cl:Passage } ORDER BY ?passage LIMIT 1 }
  ?passage a ?class .
}
