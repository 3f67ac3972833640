"""Lists of things that can be filtered: cities, links, practices, programmes.

`tables` reads them from a release once, `filters` chooses rows, `formats` writes them.
"""
