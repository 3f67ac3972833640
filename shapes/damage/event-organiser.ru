# An event is organised by a topic
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX topic: <https://w3id.org/citylinks/scheme/topic/>

INSERT { ?event cl:organiser topic:heritage . }
WHERE {
  { SELECT ?event WHERE { ?event a ?class . ?class rdfs:subClassOf* cl:Event } ORDER BY ?event LIMIT 1 }
}
