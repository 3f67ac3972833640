"""The process that shows what an act of an editor changes, or carries it out.

Forked from a template that has this module loaded, or run as
`python -m registry.contribute.act_process`. Rules and shapes run as over an upload, with the same
rights given up. A redaction gives up none: it has to be finished once it has begun.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Final

from registry import progress
from registry.contribute.acts import REDACT, Act, refuse_doubtful
from registry.problems import Problem
from registry.publishing import curation, redaction
from registry.publishing.plan import plan
from registry.publishing.transaction import Transaction, begin
from registry.publishing.upload_process import Planned, Task, answer_one
from registry.releases.workspace import Workspace
from registry.settings import Settings

Job = dict[str, Any]


def _preview(job: Job, content: bytes, settings: Settings, planned: Planned) -> tuple[Job, bytes]:
    """Tell what an act would change, without publishing it."""
    progress.step("reading")
    workspace, act = Workspace(settings.home), Act.from_json(json.loads(content))
    told: Job = {"doubts": [asdict(one) for one in act.doubts(workspace)]}
    if act.what == REDACT:
        found = redaction.find(workspace, settings, act.wanted)
        told |= {"dropped": list(found.dropped), "names": list(found.names)}
        told |= {"renamed": dict(found.renamed)}
        change = replace(found.change, by=act.by, reason=act.reason)
    else:
        change = act.change(workspace, settings)
    with workspace.draft() as folder:
        after = plan(workspace, settings, change)
        planned(after, folder)
        seen = curation.preview_of(workspace, settings, after)
    told |= {"graphs": dict(seen.graphs), "things": list(seen.things)}
    told |= {"hanging": [asdict(one) for one in seen.hanging]}
    return told, seen.report.to_json()


def _decide(job: Job, content: bytes, settings: Settings, planned: Planned) -> tuple[Job, bytes]:
    """Carry out an act on the release for which it was shown."""
    progress.step("reading")
    workspace, act = Workspace(settings.home), Act.from_json(json.loads(content))
    if act.what == REDACT:
        wanted = replace(act.wanted, release=job["release"])
        gone = redaction.redact(workspace, settings, wanted, act.by, act.reason)
        told = {"dropped": list(gone.dropped), "names": list(gone.names)}
        return {"release": gone.version, "notPruned": [], **told}, b""
    with begin(workspace, settings) as transaction, workspace.draft() as folder:
        _check_release(transaction, job["release"])
        refuse_doubtful(act.doubts(workspace), sure=act.sure)
        after = transaction.plan(act.change(workspace, settings))
        planned(after, folder)
        transaction.build(after)
        done = transaction.commit(after)
        return {"release": done.version, "notPruned": list(done.not_pruned)}, b""


def _check_release(transaction: Transaction, expected: str) -> None:
    """Refuse to do what was shown of another release; `conflict`."""
    if transaction.version != expected:
        raise Problem("conflict", "something was published meanwhile: look once more what changes")


_TASKS: Final[Mapping[str, Task]] = {"preview": _preview, "decide": _decide}

main: Final = partial(answer_one, tasks=_TASKS)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
