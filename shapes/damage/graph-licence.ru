# A graph names its licence as text
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>

DELETE { ?graph dcterms:license ?licence . }
INSERT { ?graph dcterms:license "CC BY" . }
WHERE {
  { SELECT ?graph WHERE { ?graph a dcat:Dataset } ORDER BY ?graph LIMIT 1 }
  ?graph dcterms:license ?licence .
}
