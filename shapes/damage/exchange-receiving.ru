# An exchange has no receiving city
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?exchange cl:receiving ?city . }
WHERE {
  { SELECT ?exchange WHERE { ?exchange a cl:Exchange } ORDER BY ?exchange LIMIT 1 }
  ?exchange cl:receiving ?city .
}
