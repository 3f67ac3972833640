# A signature is not typed
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?signature a ?class . }
WHERE {
  { SELECT ?signature WHERE { agreement:2022-cultcities-friendship-agreement cl:signature ?signature } ORDER BY ?signature LIMIT 1 }
  ?signature a ?class .
}
