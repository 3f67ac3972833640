# Pavia's point is written with a comma
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geometry: <https://w3id.org/citylinks/id/geometry/>

DELETE { geometry:pavia-3171366 geo:asWKT ?point }
INSERT { geometry:pavia-3171366 geo:asWKT "POINT(9.15, 45.19)"^^geo:wktLiteral }
WHERE { OPTIONAL { geometry:pavia-3171366 geo:asWKT ?point } }
