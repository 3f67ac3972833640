# Pavia lies in a country, which is no territory of the registry
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX country: <http://publications.europa.eu/resource/authority/country/>

INSERT DATA { <https://w3id.org/citylinks/id/city/pavia-3171366> cl:within country:ITA . }
