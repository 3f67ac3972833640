# A city has a mode
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX mode: <https://w3id.org/citylinks/scheme/evidence-mode/>

INSERT DATA { city:pavia-3171366 cl:mode mode:reported }
