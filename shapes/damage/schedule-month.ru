# A rule names the thirteenth month
PREFIX schema: <http://schema.org/>

INSERT { ?schedule schema:byMonth 13 . }
WHERE {
  { SELECT ?schedule WHERE { ?schedule a schema:Schedule } ORDER BY ?schedule LIMIT 1 }
}
