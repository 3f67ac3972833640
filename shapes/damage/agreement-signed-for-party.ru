# Perm signs the agreement of the eight
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?signature cl:signedFor ?side . }
INSERT { ?signature cl:signedFor city:perm-511196 . }
WHERE {
  { SELECT ?signature WHERE { agreement:2022-cultcities-friendship-agreement cl:signature ?signature } ORDER BY ?signature LIMIT 1 }
  ?signature cl:signedFor ?side .
}
