# A claim is recorded under a city that is no party
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT { ?claim cl:recordedUnder city:pavia-3171366 . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
