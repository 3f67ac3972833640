# The agreement was signed at a city
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { agreement:2022-cultcities-friendship-agreement cl:signedAt city:pavia-3171366 . }
