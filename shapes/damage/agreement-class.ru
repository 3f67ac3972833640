# The agreement is no longer typed
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>

DELETE WHERE { agreement:2022-cultcities-friendship-agreement a ?class . }
