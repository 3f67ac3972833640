# The sources disagree about a link
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

DELETE { link:agrigento-2525764--perm-511196 cl:contested ?before }
INSERT { link:agrigento-2525764--perm-511196 cl:contested true }
WHERE { link:agrigento-2525764--perm-511196 cl:contested ?before }
