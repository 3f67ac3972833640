# The link has ended, no one knows when
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX status: <https://w3id.org/citylinks/scheme/status/>

DELETE { link:agrigento-2525764--perm-511196 cl:status ?before }
INSERT { link:agrigento-2525764--perm-511196 cl:status status:ended }
WHERE { link:agrigento-2525764--perm-511196 cl:status ?before }
