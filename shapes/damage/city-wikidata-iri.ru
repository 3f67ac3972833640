# A city names another Wikidata item than its address
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX city: <https://w3id.org/citylinks/id/city/>

INSERT DATA { city:nowhere-q1 a cl:City ; cl:wikidataItem <http://www.wikidata.org/entity/Q2> . }
