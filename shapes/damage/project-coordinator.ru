# Every partner of the project coordinates it
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX role: <https://w3id.org/citylinks/scheme/participation-role/>

DELETE { ?participation cl:role role:partner . }
INSERT { ?participation cl:role role:coordinator . }
WHERE {
  { SELECT ?project WHERE { ?project cl:coordinator ?coordinator } ORDER BY ?project LIMIT 1 }
  ?project cl:participation ?participation .
  ?participation cl:role role:partner .
}
