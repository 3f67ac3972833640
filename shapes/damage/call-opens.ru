# A call that opens at a word
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { <https://w3id.org/citylinks/id/call/cerv-2023> a cl:Call ; skos:prefLabel "Call of 2023"@en ; cl:ofProgramme <https://w3id.org/citylinks/id/programme/cerv> ; cl:opens "soon" . }
