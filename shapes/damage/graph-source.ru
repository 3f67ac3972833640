# A graph names no source
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>

DELETE { ?graph dcterms:source ?source . }
WHERE {
  { SELECT ?graph WHERE { ?graph a dcat:Dataset } ORDER BY ?graph LIMIT 1 }
  ?graph dcterms:source ?source .
}
