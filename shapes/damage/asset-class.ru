# An event that concerns a city as heritage
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { <https://w3id.org/citylinks/id/event/2013-italian-artists-in-perm> cl:concernsHeritage <https://w3id.org/citylinks/id/city/perm-511196> . }
