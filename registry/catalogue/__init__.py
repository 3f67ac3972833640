"""The catalogue: what there is to harvest, in the vocabularies of those who harvest.

A view of one release and of the log; the data themselves are the dumps.
"""
