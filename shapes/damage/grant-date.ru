# A grant awarded at a word
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/grant/cultcities> a cl:Grant ; cl:grantOf <https://w3id.org/citylinks/id/project/cultcities> ; cl:granted "spring" . }
