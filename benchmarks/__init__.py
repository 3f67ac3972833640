"""Measurements: this registry's server beside two others on the same data, in one run.

`make bench` starts `citylinks serve`, the native `oxigraph` and `rdflib-endpoint` on the same
quads, proves that they give the same answers, and puts the same load on each in turn, so that
what else the machine does falls on all of them. Trust ratios more than absolute numbers.
"""
