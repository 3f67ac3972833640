# A project has a role as its topic
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX role: <https://w3id.org/citylinks/scheme/participation-role/>

INSERT { ?project cl:topic role:partner . }
WHERE {
  { SELECT ?project WHERE { ?project a cl:Project } ORDER BY ?project LIMIT 1 }
}
