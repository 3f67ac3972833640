# An event starts at an hour in words
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <http://schema.org/>

INSERT { ?event schema:startTime "half past eleven" . }
WHERE {
  { SELECT ?event WHERE { ?event a ?class . ?class rdfs:subClassOf* cl:Event } ORDER BY ?event LIMIT 1 }
}
