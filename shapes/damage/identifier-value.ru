# An identifier in two forms
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/identifier/perm/register> a cl:Identifier ; cl:identifierScheme "Register" ; cl:identifierValue "D-0815", "D0815" . }
