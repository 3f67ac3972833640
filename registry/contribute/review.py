"""Review: what the shapes say of a draft, and what editors make of a proposal.

    accept   open ─▶ publishing ─ Transaction ─▶ accepted, with the release
                          └ refused by shapes, or another publish is under way ─▶ open

A process may be killed while it publishes. Whether the release has the claim tells what became of
it: `settle` brings such a proposal to where it belongs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from registry import formats, terms
from registry.contribute.claims import Known, Written, claim_iri, graph_name, written
from registry.contribute.drafts import LinkDraft, rows_of
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
    now,
)
from registry.problems import Problem
from registry.publishing.plan import read_ledger
from registry.publishing.shacl import Report
from registry.publishing.shacl.report import Result, Severity
from registry.publishing.uploads import Edit, Upload, Uploads
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.admission import ANONYMOUS, Client

_LOG: Final = logging.getLogger("citylinks.publishing")

FIELDS: Final[Mapping[str, str]] = {
    "cl:asOf": "date",
    "dcterms:issued": "date",
    "cl:issuedLatest": "date",
    "cl:startDate": "began",
    "cl:endDate": "changed",
    "cl:statusSince": "changed",
    "cl:statusReason": "reason",
    "cl:decidedByParty": "decided",
    "cl:claimedKind": "kind",
    "cl:claimedStatus": "says",
    "dcterms:title": "title",
    "foaf:page": "address",
    "dcterms:publisher": "publisher",
    "dcterms:language": "language",
    "cl:locator": "locator",
    "cl:party": "one",
    "cl:statedBy": "one",
}
"""The field of the form that a property is written from."""

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

    def check(
        self, drafts: Sequence[LinkDraft], day: str, client: Client = ANONYMOUS
    ) -> list[Found]:
        """Return what the shapes say of drafts as part of the release; nothing is published.

        Raises
        ------
        Problem
            `data-invalid` where a city is not there or the link was given up; `busy` or `rate`.

        """
        self.refuse_given_up(drafts)
        made = written(drafts, 0, day, self.known, _DRAFT)
        upload = Upload(made.ntriples, formats.NTRIPLES, made.graph, "the draft")
        with self.uploads.validating.ticket(client):
            validated = self.uploads.validate(upload, client)
        return about(validated.report, made)

    def refuse_given_up(self, drafts: Sequence[LinkDraft]) -> None:
        """Refuse links of cities that are not there any more, or that people have given up.

        Raises
        ------
        Problem
            `data-invalid`, with what is wrong.

        """
        ledger = read_ledger(self.workspace, self.settings)
        for draft in drafts:
            for ref in (draft.one, draft.other):
                if not self.known.city(ref):
                    raise Problem("data-invalid", f"{ref} is not a city of the current release")
            link = terms.thing("link", draft.link)
            if link in ledger.given_up_by_people or ledger.is_withdrawn(link):
                why = f"{draft.link} was withdrawn by people; tell them that something is wrong"
                raise Problem("data-invalid", why)

    def accept(
        self, seen: Proposal, editor: str, reason: str, client: Client = ANONYMOUS
    ) -> Proposal:
        """Publish a proposal; a note, which has no data, is only marked as done.

        Raises
        ------
        Problem
            `conflict` where it has changed since it was seen, and all that a publish may raise; the
            proposal is open again then.

        """
        _check_waiting(seen)
        drafts = rows_of(seen.draft)
        if not drafts:
            return self.proposals.change(seen, ACCEPTED, Said(now(), "done", editor, reason))
        self.refuse_given_up(drafts)
        begun = self.proposals.change(seen, PUBLISHING, Said(now(), "publishing", editor, reason))
        made = written(drafts, seen.id, seen.day, self.known)
        upload = Upload(made.ntriples, formats.NTRIPLES, made.graph, "the proposal")
        why = f"proposal {seen.id}" + (f": {reason}" if reason else "")
        edit = Edit(made.graph, upload, True, by=editor, reason=why, minted=made.minted)
        try:
            with self.uploads.writing.ticket(client):
                done = self.uploads.write(edit, client)
        except Exception as error:
            told = error.detail if isinstance(error, Problem) else "the publish failed"
            self.proposals.change(begun, OPEN, Said(now(), "failed", editor, told))
            raise
        said = Said(now(), "accepted", editor, reason)
        return self.proposals.change(begun, ACCEPTED, said, release=done.release)

    def settle(self, seen: Proposal) -> Proposal:
        """Return a proposal; one whose publish was killed is accepted or open, as it turned out."""
        begun = datetime.fromisoformat(seen.changed)
        if seen.state != PUBLISHING or datetime.now(UTC) - begun < _LEFT:
            return seen
        claim = claim_iri(rows_of(seen.draft), seen.id, graph_name(seen.day))
        who = next((one.who for one in reversed(seen.said) if one.what == "publishing"), "")
        if self.known.lookup.exists(claim):
            current, said = self.workspace.current() or "", Said(now(), "accepted", who, "")
            return self.proposals.change(seen, ACCEPTED, said, release=current)
        _LOG.warning("proposal %d was being published when that was stopped", seen.id)
        return self.proposals.change(seen, OPEN, Said(now(), "failed", who, "it was interrupted"))

    def amend(
        self, seen: Proposal, draft: LinkDraft, editor: str, reason: str, found: list[Found]
    ) -> Proposal:
        """Change what a proposal says; its former draft is kept with the reason."""
        _check_waiting(seen)
        before = json.dumps(seen.draft.as_json(), ensure_ascii=False)
        said = Said(now(), "amended", editor, reason, before)
        columns = {
            "draft": json.dumps(draft.as_json(), ensure_ascii=False),
            "link": draft.link,
            "source": draft.source.key,
            "report": json.dumps(found),
        }
        return self.proposals.change(seen, OPEN, said, **columns)

    def decline(self, seen: Proposal, editor: str, reason: str) -> Proposal:
        """Decline a proposal, with a reason that whoever sent it will read."""
        _check_waiting(seen)
        return self.proposals.change(seen, DECLINED, Said(now(), "declined", editor, reason))

    def ask(self, seen: Proposal, editor: str, text: str) -> Proposal:
        """Ask whoever sent a proposal something."""
        _check_waiting(seen)
        return self.proposals.change(seen, QUESTION, Said(now(), "question", editor, text))

    def answer(self, seen: Proposal, text: str) -> Proposal:
        """Add what whoever sent a proposal says about it."""
        _check_waiting(seen)
        return self.proposals.change(seen, OPEN, Said(now(), "answer", PROPOSER, text))

    def withdraw(self, seen: Proposal) -> Proposal:
        """Take a proposal back, by whoever sent it; their e-mail address goes with it."""
        _check_waiting(seen)
        said = Said(now(), "withdrawn", PROPOSER, "")
        return self.proposals.change(seen, WITHDRAWN, said, email="")


def _check_waiting(seen: Proposal) -> None:
    """Refuse to decide on what was decided."""
    if seen.state not in WAITING:
        raise Problem("conflict", f"this proposal is {seen.state} already")


def about(report: Report, made: Written) -> list[Found]:
    """Return what a report says of the statements of a draft, the gravest first."""
    link = terms.thing("link", "")
    return [
        {
            "severity": one.severity.value,
            "message": one.message,
            "shape": one.shape,
            "field": _field(one),
            "row": str(made.rows[one.focus] + 1),
        }
        for one in report.results
        if one.focus in made.rows
        and one.severity is not Severity.INFO
        and (one.severity is Severity.VIOLATION or not one.focus.startswith(link))
    ]


def is_refused(found: Iterable[Found]) -> bool:
    """Whether what the shapes say keeps a draft from being published."""
    return any(one["severity"] == Severity.VIOLATION.value for one in found)


def _field(result: Result) -> str:
    """Return the field of the form that a result is about; empty where it is about the whole."""
    kind, _ = terms.kind_and_ref(result.focus) or ("", "")
    if kind in _NAME_FIELDS and result.path not in map(terms.prefixed, FIELDS):
        return _NAME_FIELDS[kind]
    named = {terms.prefixed(name): field for name, field in FIELDS.items()}
    return named.get(result.path, "")
