# A participation is filed under a city
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX city: <https://w3id.org/citylinks/id/city/>

INSERT { city:pavia-3171366 cl:participation ?one }
WHERE { { SELECT ?one WHERE { ?whole cl:participation ?one } ORDER BY ?one LIMIT 1 } }
