# A document has no date, not even bounds
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>

DELETE { ?document ?dated ?date . }
WHERE {
  { SELECT ?document WHERE { ?document a cl:SourceDocument } ORDER BY ?document LIMIT 1 }
  VALUES ?dated { dcterms:issued cl:issuedEarliest cl:issuedLatest }
  ?document ?dated ?date .
}
