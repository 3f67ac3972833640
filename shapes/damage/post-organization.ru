# A post stands in no organisation
PREFIX org: <http://www.w3.org/ns/org#>

DELETE { ?post org:postIn ?organisation . }
WHERE {
  { SELECT ?post WHERE { ?post a org:Post } ORDER BY ?post LIMIT 1 }
  ?post org:postIn ?organisation .
}
