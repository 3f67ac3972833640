"""Citylinks: the registry of town twinnings, as linked data in which every statement has a source.

Statements come in through `sources` and uploads, become an immutable release in `publishing`, and
are read from it by `sparql`, `things`, `lists`, `search`, `reconcile` and `catalogue`; `web` shows
them over HTTP and `cli` on the command line. No import runs upward: `tests/test_floors.py` lists
the floors of the house.
"""
