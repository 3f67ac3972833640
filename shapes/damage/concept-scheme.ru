# A concept is in no scheme
PREFIX kind: <https://w3id.org/citylinks/scheme/link-kind/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE WHERE { kind:friendship skos:inScheme ?scheme . }
