# Pavia is given up, and nothing takes its place
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

INSERT DATA { city:pavia-3171366 owl:deprecated true . }
