# A practice comes from a country
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX country: <http://publications.europa.eu/resource/authority/country/>

INSERT { ?practice cl:originCity country:USA . }
WHERE {
  { SELECT ?practice WHERE { ?practice cl:practiceType ?type } ORDER BY ?practice LIMIT 1 }
}
