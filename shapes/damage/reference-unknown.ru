# A participation names a city that nobody describes
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX city: <https://w3id.org/citylinks/id/city/>

DELETE { ?one cl:participant ?who } INSERT { ?one cl:participant city:atlantis-1 }
WHERE { { SELECT ?one ?who WHERE { ?one cl:participant ?who } ORDER BY ?one LIMIT 1 } }
