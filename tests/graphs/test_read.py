"""From files to canonical graphs: every format gives the same graph, and names follow the files."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from registry import shipped
from registry.formats import DATASETS, GRAPHS, Format, serialise
from registry.graphs import parsing
from registry.graphs.graph import Graph
from registry.problems import Problem
from registry.settings import Settings

Read = Callable[[str, str | bytes], dict[str, Graph]]

GRAPH = "https://w3id.org/citylinks/graph/"
DATASET = "<http://www.w3.org/ns/dcat#Dataset>"
SELF = f"<{GRAPH}list> <{rdflib.RDF.type}> {DATASET} ."
TITLE = "<http://purl.org/dc/terms/title>"


def quads(graph: Graph) -> list[ox.Quad]:
    name = ox.NamedNode(graph.iri)
    return [ox.Quad(t.subject, t.predicate, t.object, name) for t in graph.triples()]


@pytest.fixture(scope="module")
def graphs() -> dict[str, Graph]:
    sources = [parsing.source_of(path) for path in shipped.data_files()]
    return parsing.read(sources, Settings(home=Path("nowhere")))


def test_shipped_files_are_graphs_of_their_names(graphs: dict[str, Graph]) -> None:
    assert sorted(graphs) == [f"{GRAPH}{path.stem}" for path in shipped.data_files()]


@pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.name)
@pytest.mark.parametrize("name", ["cities", "perm-twins"])
def test_formats_of_one_graph_agree(
    read: Read, graphs: dict[str, Graph], form: Format, name: str
) -> None:
    graph = graphs[GRAPH + name]
    assert read(f"{name}.{form.extension}", serialise(graph.triples(), form)) == {graph.iri: graph}


@pytest.mark.parametrize("form", DATASETS, ids=lambda form: form.name)
def test_formats_of_many_graphs_agree(read: Read, graphs: dict[str, Graph], form: Format) -> None:
    content = serialise([quad for graph in graphs.values() for quad in quads(graph)], form)
    assert read(f"Whatever it is called.{form.extension}", content) == graphs


@pytest.mark.parametrize("form", ["turtle", "nt", "pretty-xml", "xml", "json-ld"])
def test_what_another_library_writes_is_the_same_graph(
    read: Read, graphs: dict[str, Graph], form: str
) -> None:
    extension = {"turtle": "ttl", "nt": "nt", "json-ld": "jsonld"}.get(form, "rdf")
    graph = graphs[GRAPH + "perm-twins"]
    content = rdflib.Graph().parse(data=graph.ntriples, format="nt").serialize(format=form)
    assert read(f"perm-twins.{extension}", content) == {graph.iri: graph}


@pytest.mark.parametrize("extension", ["ttl", "rdf", "nt"])
def test_a_compressed_file_is_the_same_graph(
    read: Read, graphs: dict[str, Graph], extension: str
) -> None:
    graph = graphs[GRAPH + "perm-twins"]
    form = next(form for form in GRAPHS if form.extension == extension)
    packed = gzip.compress(serialise(graph.triples(), form))
    assert read(f"perm-twins.{extension}.gz", packed) == {graph.iri: graph}


@pytest.mark.parametrize("damage", [lambda b: b[:-20], lambda b: b"x" + b, lambda _: b""])
def test_a_damaged_compressed_file_is_refused(read: Read, damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Problem) as caught:
        read("list.nt.gz", damage(gzip.compress(SELF.encode() * 200)))
    assert caught.value.name == "data-syntax"


@pytest.mark.slow
def test_what_holds_far_more_than_it_has_bytes_is_refused(read: Read) -> None:
    with pytest.raises(Problem, match=r"was refused|too much memory"):
        read("list.nt.gz", gzip.compress(SELF.encode() + b"#" * 500_000_000, 1))


def test_a_graph_that_does_not_say_what_it_is_is_refused(read: Read) -> None:
    with pytest.raises(Problem) as refused:
        read("list.nt", f'<{GRAPH}list> {TITLE} "A list" .')
    assert "the graph does not say what it is" in refused.value.detail


def test_order_and_repetition_do_not_matter(read: Read) -> None:
    triples = [SELF, f'<{GRAPH}list> {TITLE} "A"@EN .', f'<{GRAPH}list> {TITLE} "B"@it .']
    one = read("list.nt", "\n".join(triples))
    other = read("list.nt", "\n".join([*triples[::-1], *triples]))
    assert one == other
    assert b'"A"@en' in one[GRAPH + "list"].ntriples


def test_the_same_graph_in_two_files_is_refused(tmp_path: Path, short: Settings) -> None:
    first, second = tmp_path / "list.ttl", tmp_path / "list.nt"
    for path in (first, second):
        path.write_text(SELF)
    with pytest.raises(Problem, match=rf"list\.nt: another file has <{GRAPH}list> too"):
        parsing.read([parsing.source_of(first), parsing.source_of(second)], short)


def test_the_same_graph_in_two_dataset_files_is_refused(tmp_path: Path, short: Settings) -> None:
    paths = [tmp_path / "a.trig", tmp_path / "b.trig"]
    for path in paths:
        path.write_text(f"<{GRAPH}list> {{ {SELF} }}")
    with pytest.raises(Problem, match="another file has"):
        parsing.read([parsing.source_of(path) for path in paths], short)


@pytest.mark.parametrize("extension", ["ttl", "nt", "rdf", "jsonld", "trig", "nq"])
def test_an_empty_file_is_refused(read: Read, extension: str) -> None:
    with pytest.raises(Problem) as caught:
        read(f"list.{extension}", "")
    assert caught.value.name == "data-syntax"


@pytest.mark.parametrize("content", ["[]", "{}", "# nothing", "@prefix a: <urn:a:> ."])
def test_a_file_that_states_nothing_is_refused(read: Read, content: str) -> None:
    with pytest.raises(Problem, match="it states nothing; a graph is removed by its IRI"):
        read("list.jsonld" if content[0] in "[{" else "list.ttl", content)


DESCRIBED = {
    "the one": (SELF, None),
    "and things": (SELF + '<urn:s> <urn:p> "x" .', None),
    "a data set of others": (SELF + f"<urn:d> a {DATASET} .", None),
    "none": ("<urn:s> <urn:p> <urn:o> .", "it describes no graph of this registry as"),
    "two of ours": (
        SELF + f"<{GRAPH}other> a {DATASET} .",
        f"it describes <{GRAPH}list> and <{GRAPH}other> as a dcat:Dataset",
    ),
    "one of the software": (f"<{GRAPH}shapes> a {DATASET} .", "is written by the software"),
}


@pytest.mark.parametrize("case", DESCRIBED)
def test_content_may_name_its_graph(case: str, tmp_path: Path, short: Settings) -> None:
    content, refused = DESCRIBED[case]
    path = tmp_path / "upload.ttl"
    path.write_text(content)
    source = parsing.InputFiles((path,), "", name="the upload")
    if refused is None:
        assert parsing.read([source], short).keys() == {f"{GRAPH}list"}
        return
    with pytest.raises(Problem, match=refused) as caught:
        parsing.read([source], short)
    assert str(caught.value).startswith("the upload: ")


NAMES = {
    "Ärger.ttl": "'Ärger' cannot be the name of a graph",
    "a b.ttl": "'a b' cannot be the name of a graph",
    "List.ttl": "'List' cannot be the name of a graph",
    "list.2022.ttl": "'list.2022' cannot be the name of a graph",
    "-list.ttl": "'-list' cannot be the name of a graph",
    "a_b.ttl": "'a_b' cannot be the name of a graph",
    "a" * 101 + ".ttl": "it has over 100 characters",
    "settings.ttl": "is written by the software",
    "scheme-topic.ttl": "is written by the software",
    "list.txt": "does not end in .ttl .nt .rdf .jsonld .trig or .nq, nor so and in .gz or .xz",
    "list.TTL": "does not end in",
    "list": "does not end in",
    ".ttl": "does not end in",
    ".ttl.gz": "does not end in",
    "list.gz": "does not end in",
    "list.ttl.bz2": "does not end in",
}


@pytest.mark.parametrize(("name", "words"), NAMES.items(), ids=[name[:20] for name in NAMES])
def test_a_file_name_that_names_no_graph_is_refused(read: Read, name: str, words: str) -> None:
    with pytest.raises(Problem) as caught:
        read(name, SELF)
    assert caught.value.name == "data-syntax"
    assert words in str(caught.value)
    assert name in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, short: Settings) -> None:
    for path in (tmp_path / "list.ttl", tmp_path):
        with pytest.raises(Problem, match="there is no such file"):
            parsing.read([parsing.source_of(path)], short)


def test_prefixes_and_comments_leave_no_trace(read: Read) -> None:
    turtle = (
        f"# a comment\n@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<{GRAPH}list> a dcat:Dataset ."
    )
    assert read("list.ttl", turtle) == read(
        "list.nt", SELF.replace(" a ", f" <{rdflib.RDF.type}> ")
    )


def test_files_of_ours_may_be_read_together(short: Settings) -> None:
    source = parsing.InputFiles(tuple(shipped.shape_files()), f"{GRAPH}shapes", contributed=False)
    (graph,) = parsing.read([source], short).values()
    single = parsing.InputFiles(
        tuple(shipped.shape_files()[::-1]), f"{GRAPH}shapes", contributed=False
    )
    assert parsing.read([single], short) == {graph.iri: graph}
