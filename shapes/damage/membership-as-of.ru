# A membership has no date
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX org: <http://www.w3.org/ns/org#>

DELETE { ?membership cl:asOf ?date . }
WHERE {
  { SELECT ?membership WHERE { ?membership a org:Membership } ORDER BY ?membership LIMIT 1 }
  ?membership cl:asOf ?date .
}
