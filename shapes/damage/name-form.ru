# A dated name without a language
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT DATA { <https://w3id.org/citylinks/id/name/perm-511196/1> a cl:Name ; cl:nameForm "Molotov" ; cl:startDate "1940"^^xsd:gYear . }
