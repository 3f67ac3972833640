# A claim ends on the thirtieth of February
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT { ?claim cl:endDate "2020-02-30"^^xsd:date . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
