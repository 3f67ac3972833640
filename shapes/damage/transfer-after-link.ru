# A transfer is older than the link along which it went
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT { ?transfer cl:startLatest "1950-12-31"^^xsd:date . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer a cl:PracticeTransfer ; cl:underLink ?link . ?link cl:startEarliest ?start } ORDER BY ?transfer LIMIT 1 }
}
