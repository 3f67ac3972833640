# A claim is as of a month that does not exist
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE { ?claim cl:asOf ?date . }
INSERT { ?claim cl:asOf "2019-13"^^xsd:gYearMonth . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
  ?claim cl:asOf ?date .
}
