# A city receives what it sent
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?exchange cl:receiving ?city . }
WHERE {
  { SELECT ?exchange WHERE { ?exchange a cl:Exchange } ORDER BY ?exchange LIMIT 1 }
  ?exchange cl:sending ?city .
}
