# The link names a city that is not described
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT DATA { link:agrigento-2525764--perm-511196 cl:party city:palermo-2523920 . }
