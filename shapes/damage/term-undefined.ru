# A link names a party by a property that is misspelt
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT DATA { link:agrigento-2525764--perm-511196 cl:prty city:pavia-3171366 . }
