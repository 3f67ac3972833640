# A document has no family
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?document cl:sourceFamily ?family . }
WHERE {
  { SELECT ?document WHERE { ?document a cl:SourceDocument } ORDER BY ?document LIMIT 1 }
  ?document cl:sourceFamily ?family .
}
