# A dated name that is a mere text
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/city/perm-511196> cl:name "Molotov"@en . }
