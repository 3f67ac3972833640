"""Where the ontology, shapes, data and queries of this software are, in a checkout and a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent

ROOT: Final = (
    _PACKAGE / "shipped" if (_PACKAGE / "shipped" / "ontology").is_dir() else _PACKAGE.parent
)
"""The folder of `ontology/ shapes/ data/ queries/`: inside a wheel, else the checkout."""

CITIES: Final = ROOT / "data" / "cities.ttl"

GAZETTEER: Final = ROOT / "data" / "world" / "gazetteer.xz"

LEDGER: Final = ROOT / "data" / "identity.tsv"


def data_files() -> list[Path]:
    """List the source graphs that are shipped, in name order."""
    return sorted((ROOT / "data").glob("*.ttl"))


def ontology_files() -> list[Path]:
    """List the files of the ontology, its wording and alignments."""
    return sorted((ROOT / "ontology").glob("*.ttl"))


def scheme_files() -> list[Path]:
    """List the concept schemes, one file each."""
    return sorted((ROOT / "ontology" / "schemes").glob("*.ttl"))


def shape_files() -> list[Path]:
    """List the files of shapes."""
    return sorted((ROOT / "shapes").glob("*.ttl"))


def query_files() -> list[Path]:
    """List the saved queries."""
    return sorted((ROOT / "queries").glob("*.rq"))


def rule_files() -> list[Path]:
    """List the rules of derivation, in the order in which they run."""
    return sorted((ROOT / "queries" / "derive").glob("*.rq"))
