"""Things: what a release says of one IRI, as a graph for machines and as a page model for people.

Pure: everything is a function of a store, an IRI and the reader's languages.
"""
