# An event of 2015 is filed under a project that began in 2020
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX event: <https://w3id.org/citylinks/id/event/>
PREFIX project: <https://w3id.org/citylinks/id/project/>

INSERT DATA {
  event:fair a cl:Event ; cl:underProject project:cultcities ; cl:startDate "2015"^^xsd:gYear ; cl:startEarliest "2015-01-01"^^xsd:date ; cl:startLatest "2015-12-31"^^xsd:date .
  project:cultcities cl:startEarliest "2020-01-01"^^xsd:date .
}
