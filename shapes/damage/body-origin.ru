# A body comes from nowhere
PREFIX body: <https://w3id.org/citylinks/id/body/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { body:from-nowhere a cl:LivingLab . }
