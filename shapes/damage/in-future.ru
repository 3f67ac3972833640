# An event that is reported takes place in 2031
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX exchange: <https://w3id.org/citylinks/id/exchange/>

DELETE { exchange:2018-business-mission-to-perm cl:startDate ?date } INSERT { exchange:2018-business-mission-to-perm cl:startDate "2031"^^xsd:gYear }
WHERE { exchange:2018-business-mission-to-perm cl:startDate ?date }
