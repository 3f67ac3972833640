# A practice is carried out in two cities at once
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?carriedOut cl:implementedIn city:pavia-3171366, city:perm-511196 . }
WHERE {
  { SELECT ?carriedOut WHERE { ?carriedOut a cl:PracticeImplementation } ORDER BY ?carriedOut LIMIT 1 }
}
