# A signature of nobody
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX signature: <https://w3id.org/citylinks/id/signature/>

INSERT DATA { signature:of-nobody a cl:Signature . }
