"""SPARQL: a query is read by guards, evaluated in isolation on one release, and answered whole.

The path: `protocol` reads the request (SPARQL 1.1 Protocol), `guards` reads the query's tokens,
`engine` chooses dataset and format, `pool` has it evaluated by a `worker`. Pure of HTTP.
"""
