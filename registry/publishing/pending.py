"""What becomes true with a switch beside the release: merge bases, ledger, lists, log event.

It is written down before the link `current` is switched, and carried out after it. Whoever opens
the next transaction first finishes what a killed one had begun:

    pending.json says V   current is V       the switch happened: carry out, remove pending.json
    pending.json says V   current is not V   the switch did not happen: remove pending.json

To carry out twice does no harm: merge bases are replaced whole, ledger lines are written behind the
length that the ledger had before, and a folder that took its place already is not there any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from typing import Any

from registry import files
from registry.damage import reading
from registry.identity import ledger
from registry.identity.ledger import LedgerEntry
from registry.publishing.merge import MergeBase
from registry.releases import log
from registry.releases.log import Event
from registry.releases.workspace import REMEDIES, Workspace, read_json


@dataclass(frozen=True)
class Pending:
    """What is to be carried out once `version` is current.

    `event`, `by`, `reason` and `things` are for the log.

    `ledger_bytes` is the length of the workspace's ledger before the `minted` lines; `folders` are
    those of the workspace with the ones that take their place. `logged` is what the log gets, where
    it is not an event of this moment: those of a mirror's origin.
    """

    version: str
    event: str
    by: str | None
    bases: Mapping[str, MergeBase]
    ledger_bytes: int = 0
    minted: Sequence[LedgerEntry] = ()
    folders: Mapping[Path, Path] = field(default_factory=dict)
    logged: Sequence[Event] = ()
    reason: str | None = None
    things: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def write(self, workspace: Workspace) -> None:
        """Write `pending.json`; it holds once its version is current."""
        body = {
            "version": self.version,
            "event": self.event,
            "by": self.by,
            "reason": self.reason,
            "things": {what: list(iris) for what, iris in self.things.items()},
            "bases": {iri: asdict(base) for iri, base in self.bases.items()},
            "ledgerBytes": self.ledger_bytes,
            "minted": [astuple(entry) for entry in self.minted],
            "folders": {
                str(target.relative_to(workspace.home)): str(made.relative_to(workspace.home))
                for target, made in self.folders.items()
            },
            "logged": list(map(log.as_json, self.logged)),
        }
        files.write(workspace.pending_path, json.dumps(body).encode() + b"\n")


def read(workspace: Workspace) -> Pending | None:
    """Read what is pending and holds already; None where there is nothing."""
    body: dict[str, Any] = read_json(workspace.pending_path)
    with reading(workspace.pending_path, REMEDIES["pending.json"]):
        if not body or body["version"] != workspace.current():
            return None
        bases = {iri: MergeBase(**base) for iri, base in body["bases"].items()}
        lines = [LedgerEntry(*line) for line in body["minted"]]
        folders = {
            workspace.home / target: workspace.home / made
            for target, made in body.get("folders", {}).items()
        }
        version, event, by = body["version"], body["event"], body["by"]
        logged = [found for one in body.get("logged", ()) if (found := log.from_json(one))]
        told = body["ledgerBytes"], lines, folders, logged, body.get("reason")
        return Pending(version, event, by, bases, *told, body.get("things", {}))


def merge_bases(workspace: Workspace) -> dict[str, MergeBase]:
    """Return, by graph, what was last taken from a file."""
    if pending := read(workspace):
        return dict(pending.bases)
    known = read_json(workspace.sources_path)
    with reading(workspace.sources_path, REMEDIES["sources.json"]):
        return {iri: MergeBase(**base) for iri, base in known.items()}


def write_merge_bases(workspace: Workspace, bases: Mapping[str, MergeBase]) -> None:
    """Write down, by graph, what was last taken from a file."""
    written = {iri: asdict(base) for iri, base in bases.items()}
    content = json.dumps(written, indent=1, sort_keys=True).encode() + b"\n"
    files.write(workspace.sources_path, content)


def own_ledger(workspace: Workspace) -> bytes:
    """Return the ledger of the workspace as it is once what is pending is carried out."""
    path = workspace.ledger
    content = path.read_bytes() if path.exists() else b""
    pending = read(workspace)
    if pending is None or not pending.minted:
        return content
    before = content[: pending.ledger_bytes] or ledger.HEAD
    if not before.endswith(b"\n"):
        before += b"\n"
    return before + b"".join(map(ledger.line, pending.minted))


def carry_out(workspace: Workspace) -> Pending | None:
    """Carry out what is pending if it holds; return it. It stays until `drop`, and may be again."""
    pending = read(workspace)
    if pending:
        if pending.minted:
            files.write(workspace.ledger, own_ledger(workspace))
        write_merge_bases(workspace, pending.bases)
        for target, made in pending.folders.items():
            if made.is_dir():
                workspace.replace_folder(target, made)
    return pending


def drop(workspace: Workspace) -> None:
    """Forget what was pending: it is carried out and logged, or does not hold."""
    workspace.pending_path.unlink(missing_ok=True)
