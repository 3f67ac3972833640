# A membership has no member
PREFIX org: <http://www.w3.org/ns/org#>

DELETE { ?membership org:member ?person . }
WHERE {
  { SELECT ?membership WHERE { ?membership a org:Membership } ORDER BY ?membership LIMIT 1 }
  ?membership org:member ?person .
}
