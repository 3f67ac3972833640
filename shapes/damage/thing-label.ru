# The agreement has no name
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE WHERE { agreement:2022-cultcities-friendship-agreement skos:prefLabel ?label . }
