# Perm is no longer party of its link with Agrigento
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

DELETE WHERE { link:agrigento-2525764--perm-511196 cl:party city:perm-511196 . }
