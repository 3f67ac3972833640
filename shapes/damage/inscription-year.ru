# An entry of a day
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT DATA { <https://w3id.org/citylinks/id/inscription/lanterns/list> a cl:Inscription ; cl:register "Register" ; cl:inscriptionYear "2015-12-02"^^xsd:date . }
