# A twinning is claimed to have ended in 2099
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX status: <https://w3id.org/citylinks/scheme/status/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE { ?claim cl:claimedStatus ?before }
INSERT { ?claim cl:claimedStatus status:ended ; cl:endDate "2099"^^xsd:gYear }
WHERE {
  ?claim cl:claimedStatus ?before ; cl:recordedUnder <https://w3id.org/citylinks/id/city/perm-511196> ; cl:startDate "1992"^^xsd:gYear .
}
