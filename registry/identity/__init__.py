"""Identity: which city a source means by a name, a country, a position, an identifier.

The path: an importer gives `mentions`; each has candidates in the gazetteer (`candidates`), which
are weighed (`evidence`); all mentions are decided together (`resolution`), so that the order in
which sources come changes nothing.
"""
