# A claim has an empty place in its source
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT { ?claim cl:locator "" . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
