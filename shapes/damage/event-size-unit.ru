# No one says what the size of an event counts
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE WHERE { ?event cl:sizeUnit ?unit . }
