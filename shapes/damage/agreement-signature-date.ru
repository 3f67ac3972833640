# The day of signing is a year
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT DATA { agreement:2022-cultcities-friendship-agreement cl:signatureDate "2022"^^xsd:gYear . }
