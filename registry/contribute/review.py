"""Review: what the shapes say of a draft, and what editors make of a proposal.

    accept   open ─▶ publishing ─ Transaction ─▶ accepted, with the release
                          └ refused by shapes, or another publish is under way ─▶ open

Between the form and the decision others publish. So an acceptance follows mergers, asks again what
is there already, and leaves it to an editor whether that is the same.

A process may be killed while it publishes, and a publish may be taken back. Whether the release has
the claim tells what became of it: `settle` brings such a proposal to where it belongs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from registry import formats, terms
from registry.contribute import contradicting
from registry.contribute.already import Already, already
from registry.contribute.claims import Written, passage_of, written
from registry.contribute.drafts import LINK, Draft, Faults, Table, rows_of, with_rows
from registry.contribute.fields import NEW, PROPOSED
from registry.contribute.following import followed, is_proposed, proposed_in
from registry.contribute.kinds import KINDS
from registry.contribute.kinds.place import PLACE
from registry.contribute.known import Known
from registry.contribute.store import (
    ACCEPTED,
    DECLINED,
    OPEN,
    PROPOSER,
    PUBLISHING,
    QUESTION,
    UNDONE,
    WAITING,
    WITHDRAWN,
    Proposal,
    Proposals,
    Said,
    about,
    now,
)
from registry.contribute.writing import id_of, iri_of
from registry.graphs.statements import write
from registry.identity.ledger import Ledger
from registry.problems import Problem
from registry.publishing.plan import read_ledger
from registry.publishing.shacl import Report
from registry.publishing.shacl.report import Result, Severity
from registry.publishing.uploads import Edit, Upload, Uploads
from registry.releases import log
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
    """The checks of drafts and the decisions on proposals, by what one `release` has."""

    settings: Settings
    workspace: Workspace
    uploads: Uploads
    proposals: Proposals
    known: Known
    release: str = ""

    def already(self, draft: Draft) -> Already:
        """Return what the release has already of a draft."""
        return already(draft, self.known)

    def faults(self, draft: Draft, day: str) -> Faults:
        """Find what cannot be so in a draft, by itself and by what the release knows."""
        return KINDS[draft.kind].check(draft, day) | contradicting.faults(draft, self.known)

    def followed(self, seen: Proposal) -> Proposal:
        """Return a proposal as it is on what is there now, as long as nobody has decided on it."""
        if not seen.is_waiting:
            return seen
        found = [followed(draft, self.became) for draft in rows_of(seen.draft)]
        moved = {old: new for one in found for old, new in one.moved.items()}
        if not moved:
            return seen
        draft = with_rows(seen.draft, [one.draft for one in found])
        return replace(seen, draft=draft, about=about(draft), moved=moved)

    def became(self, value: str) -> str:
        """Return the IRI of what the thing of a reference has become.

        It may have been merged into another one; a city that waited may have been accepted.
        """
        if is_proposed(value):
            found = self._proposed(int(value.partition("/")[2]))
            if found and found.state == ACCEPTED:
                return self.known.current(_city_of(found))
        return self.known.current(iri_of(value))

    def _proposed(self, number: int) -> Proposal | None:
        """Return the proposal of a new city; None where there is none of that number."""
        try:
            found = self.proposals.get(number)
        except Problem:
            return None
        return found if found.kind == PLACE.name else None

    def _with_proposed(self, drafts: Sequence[Draft]) -> tuple[list[Draft], list[Proposal]]:
        """Return drafts on cities that wait as if these were accepted, and their proposals."""
        numbers = dict.fromkeys(number for draft in drafts for number in proposed_in(draft))
        found = {number: self._proposed(number) for number in numbers}
        cities = {
            f"{PROPOSED}/{number}": _city_of(one)
            for number, one in found.items()
            if one and one.is_waiting
        }
        some = [followed(draft, lambda v: cities.get(v, iri_of(v))).draft for draft in drafts]
        return some, [one for one in found.values() if one and one.is_waiting]

    def check(self, drafts: Sequence[Draft], day: str, client: Client = ANONYMOUS) -> list[Found]:
        """Return what the shapes say of drafts as part of the release; nothing is published.

        Raises
        ------
        Problem
            `data-invalid` where a thing is not there or the link was given up; `busy` or `rate`.

        """
        ledger = read_ledger(self.workspace, self.settings)
        drafts, proposed = self._with_proposed(drafts)
        new = {terms.kind_and_ref(_city_of(one)) for one in proposed}
        self._refuse_given_up(ledger, drafts, new)
        made = written(drafts, 0, day, self.known, _DRAFT)
        _refuse_withdrawn(ledger, made)
        beside = [
            written(rows_of(one.draft), one.id, one.day, self.known, f"{_DRAFT}-{one.id}")
            for one in proposed
        ]
        quads = [quad for one in (made, *beside) for quad in one.quads]
        upload = Upload(write(quads, formats.NQUADS), formats.NQUADS, made.graph, "the draft")
        with self.uploads.validating.ticket(client):
            validated = self.uploads.validate(upload, client)
        return told(validated.report, made, drafts[0].kind)

    def _refuse_given_up(
        self, ledger: Ledger, drafts: Sequence[Draft], new: Container[object] = ()
    ) -> None:
        """Refuse what is about things that are not there any more, or links given up by people.

        Those that are `new` come with the drafts.

        Raises
        ------
        Problem
            `data-invalid`, with what is wrong.

        """
        for draft in drafts:
            for kind, ref in _things(draft):
                if self.known.is_withdrawn(terms.thing(kind, ref)):
                    why = f"{kind}/{ref} was withdrawn by people; tell them that something is wrong"
                    raise Problem("data-invalid", why)
                if kind == PROPOSED:
                    why = f"the city of proposal {ref} was not accepted; name another one"
                    raise Problem("data-invalid", why)
                if (kind, ref) not in new and not self.known.has(kind, ref):
                    raise Problem("data-invalid", f"{ref} is not a {kind} of the current release")
            link = terms.thing("link", about(draft)) if draft.kind == LINK else ""
            if link in ledger.given_up_by_people or (link and ledger.is_withdrawn(link)):
                why = f"{about(draft)} was withdrawn by people; tell them that something is wrong"
                raise Problem("data-invalid", why)

    def accept(
        self,
        seen: Sequence[Proposal],
        editor: str,
        reason: str,
        client: Client = ANONYMOUS,
        apart: Container[str] = (),
    ) -> list[Proposal]:
        """Publish proposals at once; notes, which have no data, are only marked as done.

        The editor has said of some things of the release that they are other ones (`apart`).

        Raises
        ------
        Problem
            `conflict` where one has changed since it was seen, or is about something that is there
            already, and all that a publish may raise; the proposals are open again then.

        """
        _check_waiting(seen)
        seen = [self.followed(one) for one in seen]
        drafts = [draft for one in seen for draft in rows_of(one.draft)]
        if not drafts:
            return self.proposals.change_all(seen, ACCEPTED, Said(now(), "done", editor, reason))
        if first := [one.id for one in self._with_proposed(drafts)[1]]:
            named = ", ".join(map(str, first))
            detail = f"it names a city that waits as well; accept that first: proposal {named}"
            raise Problem("conflict", detail, proposals=first)
        ledger = read_ledger(self.workspace, self.settings)
        self._refuse_given_up(ledger, drafts)
        self._refuse_faults(seen)
        self._refuse_known(seen, apart)
        found = [
            written(rows, one.id, one.day, self.known)
            for one in seen
            if (rows := rows_of(one.draft))
        ]
        for made in found:
            _refuse_withdrawn(ledger, made)
        said = Said(now(), "publishing", editor, reason)
        seen = [self._moved(one) for one in seen]
        begun = self.proposals.change_all(seen, PUBLISHING, said)
        try:
            with self.uploads.writing.ticket(client):
                edit = _edit(found, seen, editor, reason)
                if any(
                    value.startswith(NEW) for draft in drafts for value in draft.values.values()
                ):
                    edit = replace(edit, seen=self.release)
                done = self.uploads.write(edit, client)
        except Exception as error:
            why = error.detail if isinstance(error, Problem) else "the publish failed"
            self.proposals.change_all(begun, OPEN, Said(now(), "failed", editor, why))
            raise
        said = Said(now(), "accepted", editor, reason)
        return self.proposals.change_all(begun, ACCEPTED, said, release=done.release)

    def _moved(self, seen: Proposal) -> Proposal:
        """Store a proposal as it follows mergers; what it said before is kept."""
        if not seen.moved:
            return seen
        told = "; ".join(f"{old} → {new}" for old, new in seen.moved.items())
        before = json.dumps(self.proposals.get(seen.id).draft.as_json(), ensure_ascii=False)
        columns = {
            "draft": json.dumps(seen.draft.as_json(), ensure_ascii=False),
            "link": seen.about,
        }
        return self.proposals.change(
            seen, seen.state, Said(now(), "followed", PROPOSER, told, before), **columns
        )

    def _refuse_faults(self, seen: Sequence[Proposal]) -> None:
        """Refuse what cannot be so by what is known now.

        Raises
        ------
        Problem
            `data-invalid`, with the keys of what is wrong.

        """
        for one in seen:
            for row, draft in enumerate(rows_of(one.draft), start=1):
                if faults := self.faults(draft, one.day):
                    named = ", ".join(faults)
                    detail = f"proposal {one.id} cannot be so; look at {named}"
                    where = {"proposal": one.id, "row": row}
                    wrong = [where | {"field": f, "fault": fault} for f, fault in faults.items()]
                    raise Problem("data-invalid", detail, faults=wrong)

    def _refuse_known(self, seen: Sequence[Proposal], apart: Container[str]) -> None:
        """Refuse to publish anew what is there already, or twice what is new.

        Raises
        ------
        Problem
            `conflict`, with what is there: proposal, row, field and thing.

        """
        found = [
            {"proposal": one.id, "row": row, "field": field, "thing": thing}
            for one in seen
            for row, draft in enumerate(rows_of(one.draft), start=1)
            for field, thing in self.already(draft).conflicts
            if thing not in apart or not field
        ]
        if found:
            named = ", ".join(
                dict.fromkeys(f"{o['thing']} (proposal {o['proposal']})" for o in found)
            )
            raise Problem("conflict", f"here already: {named}", already=found)
        if twins := _twins(seen):
            named = ", ".join(map(str, twins))
            raise Problem("conflict", f"about one new thing: proposal {named}", proposals=twins)

    def same(self, seen: Proposal, editor: str, reason: str) -> Proposal:
        """Have a proposal say of things that are there what it says of new ones that they are."""
        _check_waiting([seen])
        seen = self.followed(seen)
        drafts = [self._same(draft) for draft in rows_of(seen.draft)]
        draft = with_rows(seen.draft, drafts)
        return self.amend(seen, draft, editor, reason, [dict(one) for one in seen.report])

    def _same(self, draft: Draft) -> Draft:
        """Return a draft on what is there already instead of what is new."""
        fields = KINDS[draft.kind].fields
        values = dict(draft.values)
        for field, thing in reversed(self.already(draft).same):
            name = field if fields[field].is_new else next(n for n in fields if fields[n].is_new)
            values[name] = thing
        return replace(draft, values=values)

    def settle(self, seen: Proposal) -> Proposal:
        """Return a proposal as it turned out.

        One whose publish was killed is accepted or open; one that was accepted is undone where the
        current release does not have it any more.
        """
        if seen.state in {ACCEPTED, UNDONE}:
            return self._still_accepted(seen)
        begun = datetime.fromisoformat(seen.changed)
        if seen.state != PUBLISHING or datetime.now(UTC) - begun < _LEFT:
            return seen
        rows = rows_of(seen.draft)
        who = next((one.who for one in reversed(seen.said) if one.what == "publishing"), "")
        if rows and self._is_published(seen):
            current, said = self.workspace.current() or "", Said(now(), "accepted", who, "")
            return self.proposals.change(seen, ACCEPTED, said, release=current)
        _LOG.warning("proposal %d was being published when that was stopped", seen.id)
        return self.proposals.change(seen, OPEN, Said(now(), "failed", who, "it was interrupted"))

    def _is_published(self, seen: Proposal) -> bool:
        """Whether the release has the first passage of a proposal."""
        passage = self.known.current(passage_of(rows_of(seen.draft), seen.id))
        return bool(self.known.lookup.iri(passage, "cl:passageOf"))

    def _still_accepted(self, seen: Proposal) -> Proposal:
        """Return a proposal that was accepted: undone or restored, as the current release has it.

        A request that began before the last publish tells nothing of it.
        """
        is_there = not rows_of(seen.draft) or self._is_published(seen)
        state = ACCEPTED if is_there else UNDONE
        if state == seen.state or self.workspace.current() != self.release:
            return seen
        events = [one for one in log.of_things(self.workspace.log_path) if _undid(one, seen)]
        who, why = (events[-1].by or "", events[-1].reason or "") if events else ("", "")
        said = (
            Said(now(), "undone", who, why) if state == UNDONE else Said(now(), "restored", "", "")
        )
        try:
            return self.proposals.change(seen, state, said)
        except Problem:  # Somebody else has looked at it at the same time.
            return self.proposals.get(seen.id)

    def amend(
        self, seen: Proposal, draft: Draft | Table, editor: str, reason: str, found: list[Found]
    ) -> Proposal:
        """Change what a proposal says; its former draft is kept with the reason."""
        _check_waiting([seen])
        before = json.dumps(self.proposals.get(seen.id).draft.as_json(), ensure_ascii=False)
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


def _city_of(place: Proposal) -> str:
    """Return the IRI of the city of a proposal."""
    return terms.ID + KINDS[place.kind].about(rows_of(place.draft)[0])


def _undid(event: log.Event, seen: Proposal) -> bool:
    """Whether an event took back the release that has a proposal."""
    return seen.release in event.things.get("undone", ())


def _twins(seen: Sequence[Proposal]) -> list[int]:
    """List the proposals that are about one new thing."""
    drafts = [(one.id, draft) for one in seen for draft in rows_of(one.draft)]
    found: list[int] = []
    for at, (number, draft) in enumerate(drafts):
        alike = KINDS[draft.kind].alike
        twins = [
            n
            for n, other in drafts[:at]
            if alike
            and other.kind == draft.kind
            and draft["name"].startswith(NEW)
            and alike(draft, other)
        ]
        found += [*twins, number] if twins else []
    return sorted(set(found))


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
