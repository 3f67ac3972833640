# All that supports the active link is announced
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX mode: <https://w3id.org/citylinks/scheme/evidence-mode/>

DELETE { ?passage cl:mode ?before }
INSERT { ?passage cl:mode mode:announced }
WHERE { link:agrigento-2525764--perm-511196 cl:claim/cl:supportedBy ?passage . ?passage cl:mode ?before }
