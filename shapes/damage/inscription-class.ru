# A register of something that is no entry
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/city/perm-511196> cl:register "Register" . }
