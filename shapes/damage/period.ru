# A claim ends before it starts
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT { ?claim cl:startEarliest "2012-01-01"^^xsd:date ; cl:endLatest "2010-12-31"^^xsd:date . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
