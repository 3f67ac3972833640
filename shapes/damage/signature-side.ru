# A signature is for two sides
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?signature cl:signedFor city:pavia-3171366, city:perm-511196 . }
WHERE {
  { SELECT ?signature WHERE { agreement:2022-cultcities-friendship-agreement cl:signature ?signature } ORDER BY ?signature LIMIT 1 }
}
