"""The web: Flask routes, templates and negotiation over the pure parts; only here is Flask.

`routes/` has one module a door, named after what it serves; `negotiation` chooses formats and sets
every header that follows from that choice.
"""
