"""Reading releases: manifest, workspace, log, and the difference of two.

A release is a manifest of graphs by content, as in git. Everything a reader sees is a view of
exactly one release; the link `current` of the workspace names the one that a server shows.
`registry.publishing` makes releases, and `registry.views` lists what is computed once for each.
"""
