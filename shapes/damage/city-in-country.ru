# Latitude and longitude of Pavia are swapped
PREFIX wgs84: <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX city: <https://w3id.org/citylinks/id/city/>

DELETE { city:pavia-3171366 wgs84:lat ?lat ; wgs84:long ?long } INSERT { city:pavia-3171366 wgs84:lat ?long ; wgs84:long ?lat }
WHERE { city:pavia-3171366 wgs84:lat ?lat ; wgs84:long ?long }
