# A passage is of no document
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?passage cl:passageOf ?document . }
WHERE {
  { SELECT ?passage WHERE { ?passage a cl:Passage } ORDER BY ?passage LIMIT 1 }
  ?passage cl:passageOf ?document .
}
