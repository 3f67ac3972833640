# A claim speaks as of 2099
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX claim: <https://w3id.org/citylinks/id/claim/>

INSERT DATA { claim:agrigento-2525764--perm-511196 cl:asOf "2099"^^xsd:gYear . }
