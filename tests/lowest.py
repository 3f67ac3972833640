"""Write constraints that pin each direct dependency to the lowest version that is promised.

Runs as `python -m tests.lowest`; `make test-lowest` installs by them and runs a part of the tests.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def lowest(requirements: list[str]) -> list[str]:
    """Pin requirements, each of which has a lower bound.

    >>> lowest(["flask>=3.1,<4", "rdflib-endpoint[web]>=0.6,<0.7"])
    ['flask==3.1', 'rdflib-endpoint==0.6']
    """
    pattern = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?>=([\w.]+),<[\w.]+")
    found = [pattern.fullmatch(requirement) for requirement in requirements]
    return [f"{match[1]}=={match[2]}" for match in found if match]


def main() -> None:
    """Print the constraints of the dependencies that are needed at run time."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    pinned = lowest(project["dependencies"])
    if len(pinned) != len(project["dependencies"]):
        raise SystemExit("a dependency has no lower bound")
    print("\n".join(pinned))


if __name__ == "__main__":
    main()
