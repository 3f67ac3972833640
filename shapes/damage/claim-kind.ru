# A claim names a status as kind
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX status: <https://w3id.org/citylinks/scheme/status/>

DELETE { ?claim cl:claimedKind ?kind . }
INSERT { ?claim cl:claimedKind status:active . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
  ?claim cl:claimedKind ?kind .
}
