# Pavia's language is a word instead of a tag
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { city:pavia-3171366 cl:ownLanguage "Italian" . }
