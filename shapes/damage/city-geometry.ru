# Pavia has two geometries
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geometry: <https://w3id.org/citylinks/id/geometry/>

INSERT DATA { city:pavia-3171366 geo:hasDefaultGeometry geometry:perm-511196 }
