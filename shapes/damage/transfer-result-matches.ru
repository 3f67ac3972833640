# The result of a transfer stands in another city
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?carriedOut cl:implementedIn ?city . }
INSERT { ?carriedOut cl:implementedIn city:pavia-3171366 . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer cl:resultedIn ?anything } ORDER BY ?transfer LIMIT 1 }
  ?transfer cl:resultedIn ?carriedOut .
  ?carriedOut cl:implementedIn ?city .
}
