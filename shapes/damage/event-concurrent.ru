# An event takes place at the same time as a city
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT { ?event cl:concurrentWith city:pavia-3171366 . }
WHERE {
  { SELECT ?event WHERE { ?event a ?class . ?class rdfs:subClassOf* cl:Event } ORDER BY ?event LIMIT 1 }
}
