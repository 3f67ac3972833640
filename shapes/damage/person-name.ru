# A person has two names
PREFIX foaf: <http://xmlns.com/foaf/0.1/>

INSERT { ?person foaf:name "Somebody", "Somebody Else" . }
WHERE {
  { SELECT ?person WHERE { ?person a foaf:Person } ORDER BY ?person LIMIT 1 }
}
