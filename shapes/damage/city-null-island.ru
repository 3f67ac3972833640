# Pavia lies where a failed look-up puts it
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX wgs84: <http://www.w3.org/2003/01/geo/wgs84_pos#>

DELETE { city:pavia-3171366 wgs84:lat ?latitude ; wgs84:long ?longitude }
INSERT { city:pavia-3171366 wgs84:lat 0.0 ; wgs84:long 0.0 }
WHERE { city:pavia-3171366 wgs84:lat ?latitude ; wgs84:long ?longitude }
