# A link that is no pairing is claimed as one
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX claim: <https://w3id.org/citylinks/id/claim/>
PREFIX kind: <https://w3id.org/citylinks/scheme/link-kind/>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT DATA { link:agrigento-2525764--perm-511196 cl:claim claim:wrong . claim:wrong cl:claimedKind kind:iurc-pairing . }
