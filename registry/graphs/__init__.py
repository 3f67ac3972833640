"""RDF graphs: parsing, canonical form, Turtle, and the roles that named graphs play."""
