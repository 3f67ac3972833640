# The link began ten years before its agreement was signed
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE { link:cultcities-friendship-agreement cl:startLatest ?start }
INSERT { link:cultcities-friendship-agreement cl:startLatest "2012-04-07"^^xsd:date }
WHERE { link:cultcities-friendship-agreement cl:startLatest ?start }
