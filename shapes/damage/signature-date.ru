# The day of a signature is a month
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT { ?signature cl:signatureDate "2022-04"^^xsd:gYearMonth . }
WHERE {
  { SELECT ?signature WHERE { agreement:2022-cultcities-friendship-agreement cl:signature ?signature } ORDER BY ?signature LIMIT 1 }
}
