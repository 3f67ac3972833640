# An entry whose number is a number
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/inscription/lanterns/list> a cl:Inscription ; cl:register "Register" ; cl:inscriptionNumber 1234 . }
