# A share of 120 percent
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/programme/cerv> cl:fundingShare 120.0 . }
