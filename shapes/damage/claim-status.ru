# A claim has two statuses
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX status: <https://w3id.org/citylinks/scheme/status/>

INSERT { ?claim cl:claimedStatus status:active, status:ended . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
