# A claim tells of a start ten years after its source
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT { ?claim cl:startEarliest "2030-01-01"^^xsd:date }
WHERE { link:agrigento-2525764--perm-511196 cl:claim ?claim }
