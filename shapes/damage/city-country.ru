# Pavia gets a second country
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX country: <http://publications.europa.eu/resource/authority/country/>

INSERT DATA { city:pavia-3171366 cl:inCountry country:FRA . }
