# No graph is taken from a document
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>

DELETE { ?graph dcterms:source ?document . }
WHERE {
  { SELECT ?document WHERE { ?document a cl:SourceDocument } ORDER BY ?document LIMIT 1 }
  ?graph dcterms:source ?document .
}
