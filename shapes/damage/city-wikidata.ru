# Pavia names the page of its Wikidata item
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { city:pavia-3171366 cl:wikidataItem <https://www.wikidata.org/wiki/Q6259> . }
