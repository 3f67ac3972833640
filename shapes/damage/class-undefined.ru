# A link has a class that is misspelt; the class that is derived does not hide it
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

DELETE DATA { link:agrigento-2525764--perm-511196 a cl:CityLink } ;
INSERT DATA { link:agrigento-2525764--perm-511196 a cl:CityLinks }
