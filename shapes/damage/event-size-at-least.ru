# An event has a size in words
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT { ?event cl:sizeAtLeast "more than 80" . }
WHERE {
  { SELECT ?event WHERE { ?event a ?class . ?class rdfs:subClassOf* cl:Event } ORDER BY ?event LIMIT 1 }
}
