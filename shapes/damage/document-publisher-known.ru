# A document of unknown publisher
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX document: <https://w3id.org/citylinks/id/document/>

INSERT DATA { document:of-unknown-origin a cl:SourceDocument . }
