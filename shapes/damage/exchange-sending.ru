# An exchange has no sending city
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE { ?exchange cl:sending ?city . }
WHERE {
  { SELECT ?exchange WHERE { ?exchange a cl:Exchange } ORDER BY ?exchange LIMIT 1 }
  ?exchange cl:sending ?city .
}
