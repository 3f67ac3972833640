# An exchange of 2005 is filed under a link of 2012
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX exchange: <https://w3id.org/citylinks/id/exchange/>

DELETE { exchange:2018-business-mission-to-perm cl:startLatest ?day } INSERT { exchange:2018-business-mission-to-perm cl:startLatest "2005-12-31"^^xsd:date }
WHERE { exchange:2018-business-mission-to-perm cl:startLatest ?day }
