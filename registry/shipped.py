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

WORLD: Final = ROOT / "data" / "world"
"""The folder of what was imported in bulk."""

GAZETTEER: Final = WORLD / "gazetteer.xz"

DECISIONS: Final = WORLD / "decisions.csv"
"""What people have decided on places that the sources of the world name."""

LEDGER: Final = ROOT / "data" / "identity.tsv"

WORLD_LEDGER: Final = WORLD / "identity.tsv"
"""What importing the world has minted, after the ledgers of what is curated."""


def data_files() -> list[Path]:
    """List the curated source graphs that are shipped, in name order."""
    return sorted((ROOT / "data").glob("*.ttl"))


def world_files() -> list[Path]:
    """List the graphs that were imported in bulk, the whole authority file among them."""
    return sorted(WORLD.glob("*.nt.xz"))


def files_beside_world() -> list[Path]:
    """List the graphs that are written by hand and shipped with the world, in name order."""
    return sorted(WORLD.glob("*.ttl"))


def files_of(which: str) -> list[Path]:
    """List the source graphs that are shipped: `all`, or what is `curated`."""
    world = [*world_files(), *files_beside_world()] if which == "all" else []
    bulk = {_graph_name(path) for path in world}
    return [path for path in data_files() if path.stem not in bulk] + world


def left_out(which: str) -> list[str]:
    """List the names of the graphs that are shipped, but not in this selection."""
    chosen = {_graph_name(path) for path in files_of(which)}
    return sorted({_graph_name(path) for path in files_of("all")} - chosen)


def _graph_name(path: Path) -> str:
    return path.name.partition(".")[0]


def ontology_files() -> list[Path]:
    """List the files of the ontology, its wording and alignments."""
    return sorted((ROOT / "ontology").glob("*.ttl"))


def past_ontologies() -> dict[str, Path]:
    """Map each earlier version of the ontology to its file."""
    return {path.stem: path for path in (ROOT / "ontology" / "versions").glob("*.ttl")}


def scheme_files() -> list[Path]:
    """List the concept schemes, one file each."""
    return sorted((ROOT / "ontology" / "schemes").glob("*.ttl"))


def shape_files() -> list[Path]:
    """List the files of shapes."""
    return sorted((ROOT / "shapes").glob("*.ttl"))


def damage_file(shape: str) -> Path:
    """Return the file of the SPARQL Update that damages data so that a shape reports it."""
    return ROOT / "shapes" / "damage" / f"{shape}.ru"


def query_files() -> list[Path]:
    """List the saved queries."""
    return sorted((ROOT / "queries").glob("*.rq"))


def rule_files() -> list[Path]:
    """List the rules of derivation, in the order in which they run."""
    return sorted((ROOT / "queries" / "derive").glob("*.rq"))


def ledgers(which: str) -> list[Path]:
    """List the ledgers that are shipped: `all`, or that of what is `curated`.

    A graph that is written by hand beside the world has a ledger beside it, which no import writes.
    That of the world comes last: an import may give up what was minted before.
    """
    if which != "all":
        return [LEDGER]
    beside = (path.with_suffix(".tsv") for path in files_beside_world())
    return [LEDGER, *beside, WORLD_LEDGER]
