"""Finding things by what they are called, and the links of a city.

`index` (names) and `links` each make a file when a release is published, and read it: what pages
and lists ask of everything is not looked up value by value in the store.
"""
