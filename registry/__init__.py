"""Citylinks: the registry of town twinnings, as linked data in which every statement has a source.

The package is one path from source to reader. `intake` reads statements, `releases` turns them
into an immutable release, `sparql` and `things` read a release, `web` shows them over HTTP and
`cli` on the command line. Nothing on the right of that sentence writes, nothing on its left knows
HTTP.
"""
