# Pavia's point is written with a comma
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>

DELETE { city:pavia-3171366 geo:asWKT ?point }
INSERT { city:pavia-3171366 geo:asWKT "POINT(9.15, 45.19)"^^geo:wktLiteral }
WHERE { OPTIONAL { city:pavia-3171366 geo:asWKT ?point } }
