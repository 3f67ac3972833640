# A claim has neither a passage nor a place in its source
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

DELETE { ?claim cl:supportedBy ?passage . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
  ?claim cl:supportedBy ?passage .
}
