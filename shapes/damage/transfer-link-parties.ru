# A transfer to Perm is filed under the link of the eight
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT { ?transfer cl:underLink link:cultcities-friendship-agreement . }
WHERE {
  { SELECT ?transfer WHERE { ?transfer cl:toCity city:perm-511196 } ORDER BY ?transfer LIMIT 1 }
}
