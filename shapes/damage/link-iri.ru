# The references in the address of a link stand in the wrong order
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT DATA { link:perm-511196--agrigento-2525764 a cl:CityLink ; cl:party city:agrigento-2525764, city:perm-511196 . }
