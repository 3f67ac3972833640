# A document's address is text
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>

INSERT { ?document foaf:page "ec2u.eu" . }
WHERE {
  { SELECT ?document WHERE { ?document a cl:SourceDocument } ORDER BY ?document LIMIT 1 }
}
