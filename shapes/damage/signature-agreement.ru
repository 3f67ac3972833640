# A signature stands under no agreement
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { agreement:2022-cultcities-friendship-agreement cl:signature ?signature . }
WHERE {
  { SELECT ?signature WHERE { agreement:2022-cultcities-friendship-agreement cl:signature ?signature } ORDER BY ?signature LIMIT 1 }
  agreement:2022-cultcities-friendship-agreement cl:signature ?signature .
}
