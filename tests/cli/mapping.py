"""The head and the mapping of a small table of twinnings, for `citylinks import table`."""

MAPPING = """
[source]
graph = "list-2015"
title = "A list"
date = "2015"
family = "list"
licence = "https://spdx.org/licenses/MIT"
address = "https://example.org/"
[city]
name = "city"
country = "country"
[partner]
name = "partner"
country = "land"
[link]
since = "since"
"""
HEAD = "city,country,partner,land,since\n"
