# The agreement has no source
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

DELETE WHERE { agreement:2022-cultcities-friendship-agreement cl:supportedBy ?passage . }
