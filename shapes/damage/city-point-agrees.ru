# Pavia's point has latitude and longitude the wrong way round
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX wgs84: <http://www.w3.org/2003/01/geo/wgs84_pos#>

DELETE { ?geometry geo:asWKT ?point }
INSERT { ?geometry geo:asWKT ?turned }
WHERE {
  city:pavia-3171366 geo:hasDefaultGeometry ?geometry ;
    wgs84:lat ?latitude ;
    wgs84:long ?longitude .
  ?geometry geo:asWKT ?point .
  BIND(STRDT(CONCAT("POINT(", STR(?latitude), " ", STR(?longitude), ")"), geo:wktLiteral) AS ?turned)
}
