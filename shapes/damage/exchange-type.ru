# An exchange has a topic as its type
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX topic: <https://w3id.org/citylinks/scheme/topic/>

INSERT { ?exchange cl:exchangeType topic:heritage . }
WHERE {
  { SELECT ?exchange WHERE { ?exchange a cl:Exchange } ORDER BY ?exchange LIMIT 1 }
}
