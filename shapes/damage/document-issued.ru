# A document is dated in words
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>

INSERT { ?document dcterms:issued "last spring" . }
WHERE {
  { SELECT ?document WHERE { ?document a cl:SourceDocument } ORDER BY ?document LIMIT 1 }
}
