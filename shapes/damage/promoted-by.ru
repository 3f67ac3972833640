# A project is promoted by a topic
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX topic: <https://w3id.org/citylinks/scheme/topic/>

INSERT { ?project cl:promotedBy topic:heritage . }
WHERE {
  { SELECT ?project WHERE { ?project a cl:Project } ORDER BY ?project LIMIT 1 }
}
