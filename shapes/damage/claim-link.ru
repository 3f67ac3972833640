# No link points to its claim
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

DELETE WHERE { link:agrigento-2525764--perm-511196 cl:claim ?claim . }
