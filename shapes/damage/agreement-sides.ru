# All signatures but the first are gone
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { agreement:2022-cultcities-friendship-agreement cl:signature ?signature }
WHERE {
  agreement:2022-cultcities-friendship-agreement cl:signature ?signature, ?smaller .
  FILTER(STR(?smaller) < STR(?signature))
}
