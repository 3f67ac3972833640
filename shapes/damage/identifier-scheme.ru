# An identifier of nobody's
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/identifier/perm/register> a cl:Identifier ; cl:identifierValue "D-0815" . }
