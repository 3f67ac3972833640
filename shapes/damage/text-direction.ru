# The name of a link ends in a mark of direction
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE { <https://w3id.org/citylinks/id/link/agrigento-2525764--perm-511196> skos:prefLabel ?name }
INSERT { <https://w3id.org/citylinks/id/link/agrigento-2525764--perm-511196> skos:prefLabel "Agrigento\u2013Perm\u200E"@en }
WHERE { <https://w3id.org/citylinks/id/link/agrigento-2525764--perm-511196> skos:prefLabel ?name . FILTER(LANG(?name) = "en") }
