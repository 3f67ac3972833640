# A rule names the day in words
PREFIX schema: <http://schema.org/>

INSERT { ?schedule schema:byDay "last Sunday" . }
WHERE {
  { SELECT ?schedule WHERE { ?schedule a schema:Schedule } ORDER BY ?schedule LIMIT 1 }
}
