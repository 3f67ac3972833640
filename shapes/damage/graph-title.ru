# A graph has no title
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>

DELETE { ?graph dcterms:title ?title . }
WHERE {
  { SELECT ?graph WHERE { ?graph a dcat:Dataset } ORDER BY ?graph LIMIT 1 }
  ?graph dcterms:title ?title .
}
