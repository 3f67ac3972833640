# A city states a claim
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT { ?claim cl:statedBy city:perm-511196 . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
