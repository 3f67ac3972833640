# A claim is recorded under a country
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX country: <http://publications.europa.eu/resource/authority/country/>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT { ?claim cl:recordedUnder country:ITA . }
WHERE {
  link:agrigento-2525764--perm-511196 cl:claim ?claim .
}
