# Pavia has 70 million inhabitants
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX city: <https://w3id.org/citylinks/id/city/>

DELETE { city:pavia-3171366 cl:population ?n } INSERT { city:pavia-3171366 cl:population 70000000 }
WHERE { city:pavia-3171366 cl:population ?n }
