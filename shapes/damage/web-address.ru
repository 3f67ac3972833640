# The homepage of a network runs a program
PREFIX foaf: <http://xmlns.com/foaf/0.1/>

INSERT DATA { <https://w3id.org/citylinks/id/network/ec2u> foaf:homepage <javascript:alert(1)> . }
