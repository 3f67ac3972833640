# A sum with its currency in it
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/grant/cultcities> a cl:Grant ; cl:grantOf <https://w3id.org/citylinks/id/project/cultcities> ; cl:amount "90,000 EUR" ; cl:currency "EUR" . }
