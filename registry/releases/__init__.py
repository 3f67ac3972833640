"""Releases: statements are merged, derived from, judged by the shapes, and frozen.

A release is a manifest of graphs by content, as in git. Everything a reader sees is a view of
exactly one release; the one a server shows is named by the link `current` of the workspace.

The path of a publish: `merge` says what the graphs of the next release are, `store` brings a copy
of the last release's store to that state, `derive` adds what follows, `validation` judges, `dumps`
writes the files, and `publish` switches the link and writes the `log`.
"""
