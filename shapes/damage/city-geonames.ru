# Pavia names the page of its GeoNames feature
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { city:pavia-3171366 cl:geonamesFeature <https://www.geonames.org/3171366/pavia.html> . }
