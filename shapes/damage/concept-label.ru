# A concept has no label
PREFIX kind: <https://w3id.org/citylinks/scheme/link-kind/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE WHERE { kind:friendship skos:prefLabel ?label . }
