# What is carried out is of no practice
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?carriedOut cl:implementationOf ?practice . }
WHERE {
  { SELECT ?carriedOut WHERE { ?carriedOut a cl:PracticeImplementation } ORDER BY ?carriedOut LIMIT 1 }
  ?carriedOut cl:implementationOf ?practice .
}
