# A project is under a city
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?project cl:underProgramme city:pavia-3171366 . }
WHERE {
  { SELECT ?project WHERE { ?project a cl:Project } ORDER BY ?project LIMIT 1 }
}
