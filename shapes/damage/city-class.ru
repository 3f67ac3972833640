# Pavia is no longer typed as a city
PREFIX city: <https://w3id.org/citylinks/id/city/>

DELETE WHERE { city:pavia-3171366 a ?class . }
