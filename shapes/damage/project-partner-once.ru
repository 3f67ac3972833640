# A partner is associated partner too
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { ?project cl:associatedPartner ?partner . }
WHERE {
  { SELECT ?project WHERE { ?project cl:partner ?anyone } ORDER BY ?project LIMIT 1 }
  ?project cl:partner ?partner .
}
