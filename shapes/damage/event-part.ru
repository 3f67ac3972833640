# A part of an event is three years older than the whole
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX event: <https://w3id.org/citylinks/id/event/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT { event:a-part a cl:Event ; dcterms:isPartOf ?whole ; cl:startLatest "2019-04-04"^^xsd:date . }
WHERE {
  { SELECT ?whole WHERE { ?whole a cl:TwinningEvent ; cl:startEarliest ?day } ORDER BY ?whole LIMIT 1 }
}
