"""Measurements: this registry's server beside others on the same data, in one run.

`make bench` starts `citylinks serve`, the native `oxigraph`, `rdflib-endpoint` and, where they are
installed, nginx and Virtuoso, proves that they give the same answers, and puts the same load on
each in turn, so that what else the machine does falls on all of them. Then it attacks our server,
tries hostile queries on it, and searches it for leaks. Trust ratios more than absolute numbers.
"""
