# An import uses more rows than it read
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/import/list> cl:rowsRead 2 ; cl:rowsUsed 3 }
