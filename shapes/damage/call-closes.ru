# A call that closes twice
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT DATA { <https://w3id.org/citylinks/id/call/cerv-2023> a cl:Call ; skos:prefLabel "Call of 2023"@en ; cl:ofProgramme <https://w3id.org/citylinks/id/programme/cerv> ; cl:closes "2023"^^xsd:gYear, "2024"^^xsd:gYear . }
