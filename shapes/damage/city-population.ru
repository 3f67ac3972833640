# Pavia has no inhabitants
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { city:pavia-3171366 cl:population 0 . }
