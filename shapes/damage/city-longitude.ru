# Pavia gets a second longitude, which is text
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX wgs84: <http://www.w3.org/2003/01/geo/wgs84_pos#>

INSERT DATA { city:pavia-3171366 wgs84:long "9.2 east" . }
