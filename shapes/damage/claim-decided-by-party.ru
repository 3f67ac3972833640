# Something that is no city decided
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX status: <https://w3id.org/citylinks/scheme/status/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT { ?claim cl:decidedByParty status:active . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
