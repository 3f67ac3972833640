# Poitiers names the Wikidata item of Pavia
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT { city:poitiers-2986495 cl:wikidataItem ?item }
WHERE { city:pavia-3171366 cl:wikidataItem ?item }
