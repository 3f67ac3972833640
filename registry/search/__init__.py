"""Finding things by what they are called: an index of names for each release.

`index` makes it when a release is published, and reads it.
"""
