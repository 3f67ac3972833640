# A pairing starts before its programme
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>
PREFIX programme: <https://w3id.org/citylinks/id/programme/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT DATA { link:a-pairing a cl:ProgrammePairing ; cl:underProgramme programme:a-programme ; cl:startLatest "2019-12-31"^^xsd:date . programme:a-programme cl:startEarliest "2021-01-01"^^xsd:date . }
