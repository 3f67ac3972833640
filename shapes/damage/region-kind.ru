# A region of two kinds
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX country: <http://publications.europa.eu/resource/authority/country/>
PREFIX region: <https://w3id.org/citylinks/scheme/region-kind/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { <https://w3id.org/citylinks/id/region/silver-valley> a cl:Region ; skos:prefLabel "Silver Valley"@en ; cl:inCountry country:ITA ; cl:regionKind region:county, region:province . }
