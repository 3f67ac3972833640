# A claim has two starts
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT { ?claim cl:startDate "2012"^^xsd:gYear, "2013"^^xsd:gYear . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
