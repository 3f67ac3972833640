"""Linking the data of others to the registry: names become IRIs, as the importers find them.

`matching` finds things by the resolution of the importers; `protocol` reads and writes the messages
of the Reconciliation Service API, `extension` gives facts, `linking` reads and writes tables.
"""
