# A pairing without a programme
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT DATA { link:a-pairing a cl:ProgrammePairing ; cl:party city:latina-3175058, city:perm-511196 . }
