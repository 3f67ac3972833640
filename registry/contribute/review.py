"""Review: what the shapes say of a draft, and what editors make of a proposal.

    accept   open ─▶ publishing ─ Transaction ─▶ accepted, with the release
                          └ refused by shapes, or another publish is under way ─▶ open

A process may be killed while it publishes. Whether the release has the claim tells what became of
it: `settle` brings such a proposal to where it belongs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from registry import formats, terms
from registry.contribute.claims import Written, passage_of, written
from registry.contribute.drafts import LINK, Draft, Table, rows_of
from registry.contribute.kinds import KINDS
from registry.contribute.known import Known
from registry.contribute.store import (
    ACCEPTED,
    DECLINED,
    OPEN,
    PROPOSER,
    PUBLISHING,
    QUESTION,
    WAITING,
    WITHDRAWN,
    Proposal,
    Proposals,
    Said,
    about,
    now,
)
from registry.contribute.writing import id_of
from registry.graphs.statements import write
from registry.identity.ledger import Ledger
from registry.problems import Problem
from registry.publishing.plan import read_ledger
from registry.publishing.shacl import Report
from registry.publishing.shacl.report import Result, Severity
from registry.publishing.uploads import Edit, Upload, Uploads
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.admission import ANONYMOUS, Client

_LOG: Final = logging.getLogger("citylinks.publishing")

_OF_SOURCE: Final[Mapping[str, str]] = {
    "cl:asOf": "date",
    "dcterms:issued": "date",
    "cl:issuedLatest": "date",
    "dcterms:title": "title",
    "foaf:page": "address",
    "dcterms:publisher": "publisher",
    "dcterms:language": "language",
    "cl:locator": "locator",
}
"""The field of the form that a property of each source is written from."""

_NAME_FIELDS: Final = {"organisation": "publisher", "document": "title", "passage": "locator"}
"""The field that a thing takes its texts from, by its kind."""

_DRAFT: Final = "contributions-draft"
"""The graph of a draft while it is checked: it takes the place of no other."""

_LEFT: Final = timedelta(minutes=10)
"""How long a publish takes at most; one that is older was killed."""

Found = dict[str, str]
"""What the shapes say of a draft: severity, message, shape, and the field it is about."""


@dataclass(frozen=True)
class Review:
    """The checks of drafts and the decisions on proposals, of one release."""

    settings: Settings
    workspace: Workspace
    uploads: Uploads
    proposals: Proposals
    known: Known

    def check(self, drafts: Sequence[Draft], day: str, client: Client = ANONYMOUS) -> list[Found]:
        """Return what the shapes say of drafts as part of the release; nothing is published.

        Raises
        ------
        Problem
            `data-invalid` where a thing is not there or the link was given up; `busy` or `rate`.

        """
        ledger = read_ledger(self.workspace, self.settings)
        self._refuse_given_up(ledger, drafts)
        made = written(drafts, 0, day, self.known, _DRAFT)
        _refuse_withdrawn(ledger, made)
        upload = Upload(made.ntriples, formats.NTRIPLES, made.graph, "the draft")
        with self.uploads.validating.ticket(client):
            validated = self.uploads.validate(upload, client)
        return told(validated.report, made, drafts[0].kind)

    def _refuse_given_up(self, ledger: Ledger, drafts: Sequence[Draft]) -> None:
        """Refuse what is about things that are not there any more, or links given up by people.

        Raises
        ------
        Problem
            `data-invalid`, with what is wrong.

        """
        for draft in drafts:
            for kind, ref in _things(draft):
                if not self.known.has(kind, ref):
                    raise Problem("data-invalid", f"{ref} is not a {kind} of the current release")
            link = terms.thing("link", about(draft)) if draft.kind == LINK else ""
            if link in ledger.given_up_by_people or (link and ledger.is_withdrawn(link)):
                why = f"{about(draft)} was withdrawn by people; tell them that something is wrong"
                raise Problem("data-invalid", why)

    def accept(
        self, seen: Sequence[Proposal], editor: str, reason: str, client: Client = ANONYMOUS
    ) -> list[Proposal]:
        """Publish proposals at once; notes, which have no data, are only marked as done.

        Raises
        ------
        Problem
            `conflict` where one has changed since it was seen, and all that a publish may raise;
            the proposals are open again then.

        """
        _check_waiting(seen)
        drafts = [draft for one in seen for draft in rows_of(one.draft)]
        if not drafts:
            return self.proposals.change_all(seen, ACCEPTED, Said(now(), "done", editor, reason))
        ledger = read_ledger(self.workspace, self.settings)
        self._refuse_given_up(ledger, drafts)
        found = [
            written(rows, one.id, one.day, self.known)
            for one in seen
            if (rows := rows_of(one.draft))
        ]
        for made in found:
            _refuse_withdrawn(ledger, made)
        said = Said(now(), "publishing", editor, reason)
        begun = self.proposals.change_all(seen, PUBLISHING, said)
        try:
            with self.uploads.writing.ticket(client):
                done = self.uploads.write(_edit(found, seen, editor, reason), client)
        except Exception as error:
            why = error.detail if isinstance(error, Problem) else "the publish failed"
            self.proposals.change_all(begun, OPEN, Said(now(), "failed", editor, why))
            raise
        said = Said(now(), "accepted", editor, reason)
        return self.proposals.change_all(begun, ACCEPTED, said, release=done.release)

    def settle(self, seen: Proposal) -> Proposal:
        """Return a proposal; one whose publish was killed is accepted or open, as it turned out."""
        begun = datetime.fromisoformat(seen.changed)
        if seen.state != PUBLISHING or datetime.now(UTC) - begun < _LEFT:
            return seen
        rows = rows_of(seen.draft)
        who = next((one.who for one in reversed(seen.said) if one.what == "publishing"), "")
        if rows and self.known.lookup.exists(passage_of(rows, seen.id)):
            current, said = self.workspace.current() or "", Said(now(), "accepted", who, "")
            return self.proposals.change(seen, ACCEPTED, said, release=current)
        _LOG.warning("proposal %d was being published when that was stopped", seen.id)
        return self.proposals.change(seen, OPEN, Said(now(), "failed", who, "it was interrupted"))

    def amend(
        self, seen: Proposal, draft: Draft | Table, editor: str, reason: str, found: list[Found]
    ) -> Proposal:
        """Change what a proposal says; its former draft is kept with the reason."""
        _check_waiting([seen])
        before = json.dumps(seen.draft.as_json(), ensure_ascii=False)
        said = Said(now(), "amended", editor, reason, before)
        columns = {
            "draft": json.dumps(draft.as_json(), ensure_ascii=False),
            "link": about(draft),
            "source": rows_of(draft)[0].source.key,
            "report": json.dumps(found),
        }
        return self.proposals.change(seen, OPEN, said, **columns)

    def decline(self, seen: Sequence[Proposal], editor: str, reason: str) -> list[Proposal]:
        """Decline proposals, with a reason that whoever sent them will read."""
        _check_waiting(seen)
        return self.proposals.change_all(seen, DECLINED, Said(now(), "declined", editor, reason))

    def ask(self, seen: Proposal, editor: str, text: str) -> Proposal:
        """Ask whoever sent a proposal something."""
        _check_waiting([seen])
        return self.proposals.change(seen, QUESTION, Said(now(), "question", editor, text))

    def answer(self, seen: Proposal, text: str) -> Proposal:
        """Add what whoever sent a proposal says about it."""
        _check_waiting([seen])
        return self.proposals.change(seen, OPEN, Said(now(), "answer", PROPOSER, text))

    def withdraw(self, seen: Proposal) -> Proposal:
        """Take a proposal back, by whoever sent it; their e-mail address goes with it."""
        _check_waiting([seen])
        said = Said(now(), "withdrawn", PROPOSER, "")
        return self.proposals.change(seen, WITHDRAWN, said, email="")


def _check_waiting(seen: Iterable[Proposal]) -> None:
    """Refuse to decide on what was decided."""
    for one in seen:
        if one.state not in WAITING:
            raise Problem("conflict", f"proposal {one.id} is {one.state} already")


def _things(draft: Draft) -> Iterator[tuple[str, str]]:
    """List the things that a draft names, by kind and reference."""
    for field in KINDS[draft.kind].fields.values():
        if field.role in {"thing", "things"}:
            for value in draft.lines(field.name):
                kind, _, ref = id_of(value).partition("/")
                if kind:
                    yield kind, ref


def told(report: Report, made: Written, kind: str) -> list[Found]:
    """Return what a report says of the statements of drafts of a kind, the gravest first.

    Of what the release has already only that is told which the drafts are refused for.
    """
    new = {line.iri for line in made.minted} - {
        line.iri for line in made.minted if line.kind == "link"
    }
    return [
        {
            "severity": one.severity.value,
            "message": one.message,
            "shape": one.shape,
            "field": _field(one, kind),
            "row": str(made.rows[one.focus] + 1),
        }
        for one in report.results
        if one.focus in made.rows
        and one.severity is not Severity.INFO
        and (one.severity is Severity.VIOLATION or one.focus in new)
    ]


def is_refused(found: Iterable[Found]) -> bool:
    """Whether what the shapes say keeps a draft from being published."""
    return any(one["severity"] == Severity.VIOLATION.value for one in found)


def _field(result: Result, kind: str) -> str:
    """Return the field of the form that a result is about; empty where it is about the whole."""
    own = KINDS[kind].properties
    named = {terms.prefixed(name): field for name, field in {**_OF_SOURCE, **own}.items()}
    thing, _ = terms.kind_and_ref(result.focus) or ("", "")
    if thing in _NAME_FIELDS and terms.compact(result.path) not in _OF_SOURCE:
        return _NAME_FIELDS[thing]
    shape = result.shape.removeprefix(f"{terms.SHAPES}#")
    return named.get(result.path) or KINDS[kind].shapes.get(shape, "")


def _refuse_withdrawn(ledger: Ledger, made: Written) -> None:
    """Refuse to describe what was withdrawn: it would be taken out of the graph again.

    Raises
    ------
    Problem
        `data-invalid`, with what was withdrawn.

    """
    for iri in dict.fromkeys(str(triple.subject)[1:-1] for triple in made.triples):
        if ledger.is_withdrawn(iri):
            ref = iri.removeprefix(terms.ID)
            why = f"{ref} was withdrawn by people; tell them that something is wrong"
            raise Problem("data-invalid", why)


def _edit(found: Sequence[Written], seen: Sequence[Proposal], editor: str, reason: str) -> Edit:
    """Return the change of graphs that proposals ask for."""
    graphs = sorted({made.graph for made in found})
    quads = [quad for made in found for quad in made.quads]
    upload = Upload(write(quads, formats.NQUADS), formats.NQUADS, graphs[0], "the proposal")
    numbers = ", ".join(str(one.id) for one in seen)
    why = f"proposal{'s' * (len(seen) > 1)} {numbers}" + (f": {reason}" if reason else "")
    minted = {line.iri: line for made in found for line in made.minted}
    return Edit(
        graphs[0],
        upload,
        merge=True,
        by=editor,
        reason=why,
        minted=tuple(minted.values()),
        also=graphs[1:],
    )
