# The mapping of an import is a number
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/import/list> cl:rowsRead 2 ; cl:mapping 1 }
