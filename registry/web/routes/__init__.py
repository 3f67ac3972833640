"""One module a door; each has a blueprint `routes` and handlers that only join parts."""
