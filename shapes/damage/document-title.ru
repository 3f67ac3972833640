# A document has no title
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>

DELETE { ?document dcterms:title ?title . }
WHERE {
  { SELECT ?document WHERE { ?document a cl:SourceDocument } ORDER BY ?document LIMIT 1 }
  ?document dcterms:title ?title .
}
