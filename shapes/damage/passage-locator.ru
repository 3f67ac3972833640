# A passage has two places
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?passage cl:locator "here", "there" . }
WHERE {
  { SELECT ?passage WHERE { ?passage a cl:Passage } ORDER BY ?passage LIMIT 1 }
}
