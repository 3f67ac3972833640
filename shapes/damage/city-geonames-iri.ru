# Pavia names another GeoNames feature than its address
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX city: <https://w3id.org/citylinks/id/city/>

INSERT DATA { city:pavia-3171366 cl:geonamesFeature <https://sws.geonames.org/99999999/> . }
