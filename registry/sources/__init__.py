"""Importers: files of others, read into statements about places that are not yet identified.

The path: `table` and `wikidata` read statements, `identity.resolution` finds the cities of all of
them together, `minting` gives references, and `claims`, `memberships` and `authority` write graphs.
"""
