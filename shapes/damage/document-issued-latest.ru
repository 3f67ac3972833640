# The last day on which a document can have been issued is a year
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT { ?document cl:issuedLatest "2022"^^xsd:gYear . }
WHERE {
  { SELECT ?document WHERE { ?document a cl:SourceDocument } ORDER BY ?document LIMIT 1 }
}
