# A second link between Agrigento and Perm
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT DATA { link:sicily-and-perm a cl:CityLink ; cl:party city:agrigento-2525764, city:perm-511196 . }
