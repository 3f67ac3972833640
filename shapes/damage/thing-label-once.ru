# Two sources name a link differently
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { <https://w3id.org/citylinks/id/link/agrigento-2525764--perm-511196> skos:prefLabel "Agrigento and Perm"@en . }
