# An exchange is filed under a city
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?exchange cl:underLink city:pavia-3171366 . }
WHERE {
  { SELECT ?exchange WHERE { ?exchange a cl:Exchange } ORDER BY ?exchange LIMIT 1 }
}
