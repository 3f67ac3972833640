# Perm is given up but still party of an active link
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

INSERT DATA { city:perm-511196 owl:deprecated true . }
