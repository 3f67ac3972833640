# All that supports the agreement is announced
PREFIX agreement: <https://w3id.org/citylinks/id/agreement/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX mode: <https://w3id.org/citylinks/scheme/evidence-mode/>

DELETE { ?passage cl:mode ?mode . }
INSERT { ?passage cl:mode mode:announced . }
WHERE {
  agreement:2022-cultcities-friendship-agreement cl:supportedBy ?passage .
  ?passage cl:mode ?mode .
}
