# An event takes place at a topic
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX topic: <https://w3id.org/citylinks/scheme/topic/>

INSERT { ?event prov:atLocation topic:heritage . }
WHERE {
  { SELECT ?event WHERE { ?event a ?class . ?class rdfs:subClassOf* cl:Event } ORDER BY ?event LIMIT 1 }
}
