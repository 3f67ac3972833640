# Pavia's population is dated by a time of day
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT DATA { city:pavia-3171366 cl:populationDate "2019-01-01T00:00:00"^^xsd:dateTime . }
