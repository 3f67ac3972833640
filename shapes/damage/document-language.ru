# A document's language is a word
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>

INSERT { ?document dcterms:language "English" . }
WHERE {
  { SELECT ?document WHERE { ?document a cl:SourceDocument } ORDER BY ?document LIMIT 1 }
}
