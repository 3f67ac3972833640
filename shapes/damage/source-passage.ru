# The agreement is supported by a web address
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>

INSERT DATA { agreement:2022-cultcities-friendship-agreement cl:supportedBy <https://ec2u.eu/> . }
