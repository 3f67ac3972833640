# Pavia lies where Perm does
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geometry: <https://w3id.org/citylinks/id/geometry/>

DELETE { city:pavia-3171366 geo:hasDefaultGeometry ?own }
INSERT { city:pavia-3171366 geo:hasDefaultGeometry geometry:perm-511196 }
WHERE { city:pavia-3171366 geo:hasDefaultGeometry ?own }
