# A city holds a post
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX org: <http://www.w3.org/ns/org#>

INSERT { ?post org:heldBy city:pavia-3171366 . }
WHERE {
  { SELECT ?post WHERE { ?post a org:Post } ORDER BY ?post LIMIT 1 }
}
