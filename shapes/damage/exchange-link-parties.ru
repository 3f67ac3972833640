# An exchange of other cities is filed under the link of the eight
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT { ?exchange cl:underLink link:cultcities-friendship-agreement . }
WHERE {
  { SELECT ?exchange WHERE { ?exchange a cl:Exchange ; cl:receiving city:perm-511196 } ORDER BY ?exchange LIMIT 1 }
}
