# A person without an office
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX person: <https://w3id.org/citylinks/id/person/>

INSERT DATA { person:nobody a foaf:Person ; foaf:name "Nobody" . }
