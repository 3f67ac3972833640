# A city acts as a body in its own link
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT DATA { link:agrigento-2525764--perm-511196 cl:actingBody city:perm-511196 . }
