# One is a member of a city
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX org: <http://www.w3.org/ns/org#>

DELETE { ?membership org:organization ?organisation . }
INSERT { ?membership org:organization city:pavia-3171366 . }
WHERE {
  { SELECT ?membership WHERE { ?membership a org:Membership } ORDER BY ?membership LIMIT 1 }
  ?membership org:organization ?organisation .
}
