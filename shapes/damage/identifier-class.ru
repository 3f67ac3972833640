# An identifier that is a page
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/city/perm-511196> cl:externalIdentifier <https://example.org/perm> . }
