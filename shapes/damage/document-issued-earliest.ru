# The first day on which a document can have been issued follows the last
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE { ?document cl:issuedEarliest ?first . }
INSERT { ?document cl:issuedEarliest "2030-01-01"^^xsd:date . }
WHERE {
  { SELECT ?document WHERE { ?document cl:issuedLatest ?last } ORDER BY ?document LIMIT 1 }
  ?document cl:issuedEarliest ?first .
}
