# A monument with the kind of a region
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX region: <https://w3id.org/citylinks/scheme/region-kind/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA { <https://w3id.org/citylinks/id/heritage-asset/toll-tower> a cl:HeritageAsset ; skos:prefLabel "Toll tower"@en ; cl:assetKind region:county . }
