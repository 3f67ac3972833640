# An entry in no register
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/inscription/lanterns/list> a cl:Inscription ; <https://w3id.org/citylinks/ontology#list> "Representative List" . }
