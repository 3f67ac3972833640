"""A copy of the software and its data, with a ledger and cities of one's own, run as a program."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from registry import terms

PERM = "perm-511196"


@dataclass(frozen=True)
class Checkout:
    """A copy of the software and its data in another folder, run as a program."""

    folder: Path

    @property
    def data(self) -> list[Path]:
        """Its data files."""
        return sorted((self.folder / "data").glob("*.ttl"))

    def start(self, home: Path, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        """Start `citylinks` with a workspace."""
        mine = {"CITYLINKS_HOME": str(home), "PYTHONPATH": str(self.folder), "PATH": ""}
        mine |= {name: os.environ[name] for name in ("CITYLINKS_SHIPPED", "CITYLINKS_GAZETTEER")}
        return subprocess.Popen(
            [sys.executable, "-m", "registry.cli", *map(str, arguments)],
            env=mine | environment,
            cwd=self.folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, home: Path, *arguments: object, **environment: str) -> tuple[int, str, str]:
        """Run `citylinks` to its end; give exit code, output and errors."""
        with self.start(home, *arguments, **environment) as process:
            out, err = process.communicate(timeout=120)
            return process.returncode, out, err

    def must(self, home: Path, *arguments: object, **environment: str) -> str:
        """Run `citylinks` to its end, which has to be a good one; give its output."""
        code, out, err = self.run(home, *arguments, **environment)
        assert code == 0, err
        return out

    def ledger(self, *rows: tuple[str, str, str]) -> None:
        """Add lines to its ledger: reference, kind, and what replaces it."""
        cells = "\t\t\t\tA name\tcurator\t2026-11-24"
        with (self.folder / "data" / "identity.tsv").open("a", encoding="utf-8") as file:
            file.writelines(f"{ref}\t{kind}{cells}\t{by}\n" for ref, kind, by in rows)

    def describe(self, ref: str) -> None:
        """Describe Perm and its geometry once more, as another city with identifiers of its own."""
        cities = self.folder / "data" / "cities.ttl"
        quads = ox.parse(path=str(cities), format=ox.RdfFormat.TURTLE)
        perm = "\n".join(f"{q.triple} ." for q in quads if str(q.subject).endswith(f"/{PERM}>"))
        number = ref.rpartition("-")[2]
        copied = perm.replace(PERM, ref).replace("/511196/", f"/{number}/")
        text = cities.read_text("utf-8") + copied.replace("Q915", f"Q99999999{number}")
        cities.write_text(text, encoding="utf-8")


def listing(name: str, ref: str) -> str:
    """Write a source that says that Duisburg and a city are twins."""
    link = f"duisburg-2934691--{ref}"
    return f"""
@prefix cl: <{terms.CL}> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <{terms.ID}> .
<{terms.GRAPH}{name}> a dcat:Dataset ; dcterms:title "A list"@en ;
    dcterms:source <document/{name}> ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> .
<document/{name}> a cl:SourceDocument ; dcterms:title "A list"@en ; cl:sourceFamily "{name}" ;
    dcterms:language <http://publications.europa.eu/resource/authority/language/ENG> .
<link/{link}> a cl:CityLink ; skos:prefLabel "Duisburg and Molotov"@en ;
    cl:party <city/duisburg-2934691>, <city/{ref}> ;
    cl:claim <claim/{link}/{name}/1> .
<claim/{link}/{name}/1> a cl:LinkClaim ; cl:asOf "2021"^^xsd:gYear ;
    cl:claimedKind <{terms.SCHEME}link-kind/twinning> ; cl:recordedUnder <city/{ref}> ;
    cl:locator "row 1" ; dcterms:source <document/{name}> .
"""


def minted(name: str, ref: str) -> list[tuple[str, str, str]]:
    """List the lines of the ledger for a city, and for its link and claim in that source."""
    link = f"duisburg-2934691--{ref}"
    return [(ref, "city", ""), (link, "link", ""), (f"{link}/{name}/1", "claim", "")]
