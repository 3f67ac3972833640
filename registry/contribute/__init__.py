"""Contributions: what people tell through forms, until editors have it published.

    form ──▶ draft ──▶ proposal ──▶ queue ──▶ claims ──▶ release
     │         │          │           │          │          │
     │         │          │           │          │          └ `publishing.Transaction`, with editor
     │         │          │           │          │            and reason in the log; on the pages of
     │         │          │           │          │            both cities from the next request on
     │         │          │           │          └ N-Triples of `graph/contributions-{month}`: link,
     │         │          │           │            claim, passage, document, publisher (`claims`)
     │         │          │           └ accept, amend, ask, decline: each names the number of the
     │         │          │             state that its editor saw, so that no change is lost; an
     │         │          │             acceptance follows mergers (`following`) and asks again what
     │         │          │             is there already (`already`)
     │         │          └ SQLite in `CITYLINKS_HOME/contributions/`, outside releases, with a
     │         │            secret address for whoever sent it (`store`)
     │         └ checked by `drafts`, field by field, then by the shapes as part of the release
     └ no RDF: cities by name, dates as precise as they are known, a source that is required

A draft says nothing that its source does not say: what becomes of the link is derived by the rules
from all claims. Nothing is removed or overwritten by a contribution: it is one more claim.
"""
