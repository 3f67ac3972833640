# The authority of Pavia acts in a link of Perm
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT { link:agrigento-2525764--perm-511196 cl:actingBody ?authority }
WHERE {
  ?authority cl:governs city:pavia-3171366 .
}
