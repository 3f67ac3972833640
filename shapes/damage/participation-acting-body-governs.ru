# The authority of Pavia acts for Perm
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?participation cl:participant ?participant . }
INSERT { ?participation cl:participant city:perm-511196 ; cl:actingBody ?authority . }
WHERE {
  { SELECT ?participation WHERE { ?participation a cl:Participation } ORDER BY ?participation LIMIT 1 }
  ?authority cl:governs city:pavia-3171366 .
  ?participation cl:participant ?participant .
}
