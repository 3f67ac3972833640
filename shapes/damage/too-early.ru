# An event took place in the year 19
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX exchange: <https://w3id.org/citylinks/id/exchange/>

INSERT DATA { exchange:2018-business-mission-to-perm cl:startDate "0019"^^xsd:gYear . }
