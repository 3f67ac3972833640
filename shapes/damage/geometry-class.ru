# Pavia itself has a text in WKT, as versions before GeoSPARQL's geometries wrote it
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>

INSERT DATA { city:pavia-3171366 geo:asWKT "POINT(9.15917 45.19205)"^^geo:wktLiteral }
