"""The data say what the documents say, each thing with its passage and a line in the ledger."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.tables import every_row

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "data").glob("*.ttl"))
DOCUMENTS = [path.stem for path in FILES if path.stem != "cities"]
TEXTS = Path(__file__).parents[3] / "shared" / "seeds"
"""The texts of the documents, which the repository does not hold."""

BASE = "https://w3id.org/citylinks/"
ID = BASE + "id/"
REF = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*(?:/[a-z0-9]+(?:-+[a-z0-9]+)*)*")
COLUMNS = ["ref", "kind", "geonames", "wikidata", "country", "label"]
COLUMNS += ["decided", "date", "replacedBy"]
RUN = 8
"""So many words of a document in a row are a copy."""

PROLOGUE = f"""BASE <{ID}>
PREFIX cl: <{BASE}ontology#>
PREFIX kind: <{BASE}scheme/link-kind/>
PREFIX status: <{BASE}scheme/status/>
PREFIX topic: <{BASE}scheme/topic/>
PREFIX role: <{BASE}scheme/participation-role/>
PREFIX mode: <{BASE}scheme/evidence-mode/>
PREFIX type: <{BASE}scheme/exchange-type/>
PREFIX practice: <{BASE}scheme/practice-type/>
PREFIX passed: <{BASE}scheme/transfer-mode/>
PREFIX stage: <{BASE}scheme/practice-stage/>
PREFIX country: <http://publications.europa.eu/resource/authority/country/>
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX schema: <http://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""

AUTHORITIES = {
    "pavia-3171366": ("comune-di-pavia", "Comune di Pavia", "it"),
    "poitiers-2986495": (
        "grand-poitiers-communaute-urbaine",
        "Grand Poitiers Communauté urbaine",
        "fr",
    ),
    "coimbra-2740637": ("camara-municipal-de-coimbra", "Câmara Municipal de Coimbra", "pt"),
    "iasi-675810": ("primaria-municipiului-iasi", "Primăria Municipiului Iași", "ro"),
    "besancon-3033123": ("ville-de-besancon", "Ville de Besançon", "fr"),
    "hildesheim-2904789": ("stadt-hildesheim", "Stadt Hildesheim", "de"),
    "salamanca-3111108": ("ayuntamiento-de-salamanca", "Ayuntamiento de Salamanca", "es"),
    "turku-633679": ("turun-kaupunki", "Turun kaupunki", "fi"),
}
NOT_IN_EC2U = {"besancon-3033123", "hildesheim-2904789"}
TWINS_OF_PERM = {
    "amneville-3037838": "1992",
    "louisville-4299276": "1994",
    "oxford-2640729": "1995",
    "qingdao-1797929": "2003",
    "duisburg-2934691": "2007",
    "agrigento-2525764": "2012",
}
PRACTICES = {
    "city-call-centre": ("louisville-4299276", {"model"}),
    "extreme-park": ("louisville-4299276", {"idea", "plan"}),
    "public-meetings-with-the-mayor": ("louisville-4299276", {"model"}),
    "community-centres": ("oxford-2640729", {"idea"}),
    "ars-vivendi": ("duisburg-2934691", {"project"}),
}

PERM = "<city/perm-511196>"
LINK8 = "<link/cultcities-friendship-agreement>"
AGREEMENT = "<agreement/2022-cultcities-friendship-agreement>"
LAB = "<body/culture-and-heritage-living-lab>"
EVENT = "<event/cultcities-twinning-event-2022>"
SIGNING = "<event/cultcities-friendship-agreement-signing-2022>"
HALL = "<place/palazzo-mezzabarba-council-hall>"
CULTCITIES = "<project/cultcities>"
GIFTS, PAINTINGS = "<exchange/2019-new-year-gifts>", "<exchange/paintings-by-young-perm-artists>"
EXHIBITION = "<exchange/joint-exhibition-of-childrens-art>"
ARTISTS, CONCERT = "<exchange/2013-italian-artists-in-perm>", "<exchange/2013-concert-in-perm>"
WEEK, MISSION = "<exchange/sicily-russian-week>", "<exchange/2018-business-mission-to-perm>"
CONFERENCE = "<exchange/2019-journalists-conference>"
UNIVERSITY = "<organisation/university-of-oxford>"
PAVIA_UNIVERSITY = "<organisation/universita-degli-studi-di-pavia>"
ASSOCIATED = "role:associated-partner"
PERM_UNIVERSITIES = "<organisation/perm-higher-education-institutions>"
FOUNDATION = "<project/integrated-system-of-foundation-cities>"
REGIO = "<organisation/directorate-general-for-regional-and-urban-policy>"

FACTS = {
    "cerv-regulation": [
        "<programme/cerv> cl:startDate '2021'^^xsd:gYear ; cl:endDate '2027'^^xsd:gYear",
        "<programme/cerv> cl:fullName ?n ; cl:predecessor <programme/europe-for-citizens>",
    ],
    "ec2u-cultcities": [
        f"{CULTCITIES} cl:underProgramme <programme/cerv>, <programme/cerv-town-twinning>",
        "<programme/cerv-town-twinning> dcterms:isPartOf <programme/cerv>",
        f"{CULTCITIES} cl:funder <organisation/european-union>",
        f"{CULTCITIES} cl:topic topic:heritage, topic:heritage-conservation, topic:adaptive-reuse",
        f"{CULTCITIES} cl:topic topic:heritage-enhancement, topic:circular-models, topic:youth",
        f"{EVENT} a cl:TwinningEvent ; cl:startDate '2022-04-04'^^xsd:date",
        f"{EVENT} cl:endDate '2022-04-07'^^xsd:date ; cl:duration 'P4D'^^xsd:duration",
        f"{EVENT} prov:atLocation <city/pavia-3171366> ; cl:underProject {CULTCITIES}",
        f"{EVENT} cl:concurrentWith <event/ec2u-forum-2022>",
        f"{AGREEMENT} cl:establishes {LAB}, {LINK8} ; cl:underProject {CULTCITIES}",
        f"{AGREEMENT} cl:supportedBy/cl:mode mode:reported",
        f"{LAB} a cl:LivingLab ; cl:underProject {CULTCITIES}",
        f"{LINK8} cl:claim [ cl:claimedKind kind:friendship ; cl:claimedStatus status:active ]",
        f"{LINK8} cl:claim/cl:asOf '2022-04'^^xsd:gYearMonth",
        "<network/ec2u> a cl:UniversityAlliance",
    ],
    "pavia-notice": [
        f"{AGREEMENT} cl:signatureDate '2022-04-07'^^xsd:date ; cl:signedAt {SIGNING}",
        f"{AGREEMENT} cl:supportedBy/cl:mode mode:announced",
        f"{SIGNING} a cl:SigningCeremony ; cl:startDate '2022-04-07'^^xsd:date",
        f"{SIGNING} schema:startTime '11:30:00'^^xsd:time ; prov:atLocation {HALL}",
        f"{SIGNING} cl:supportedBy/cl:mode mode:announced ; dcterms:isPartOf {EVENT}",
        f"{HALL} dcterms:isPartOf <city/pavia-3171366>",
        f"{LAB} dcterms:description 'Permanent working group on a voluntary basis.'@en",
        f"{EVENT} cl:supportedBy/cl:mode mode:announced",
        "<participation/cultcities/comune-di-pavia> cl:role role:coordinator",
        f"?part cl:participant {PAVIA_UNIVERSITY} ; cl:role {ASSOCIATED}",
        f"{LINK8} cl:claim/cl:claimedStatus status:proposed",
        f"{LINK8} cl:claim/cl:startDate '2022-04-07'^^xsd:date",
        "<link/besancon-3033123--pavia-3171366> cl:claim/cl:claimedKind kind:twinning",
        "<link/hildesheim-2904789--pavia-3171366> cl:claim/cl:claimedKind kind:twinning",
        "?link cl:claim [ cl:claimedKind kind:twinning ; cl:supportedBy/cl:mode mode:reported ]",
        f"{CULTCITIES} foaf:homepage <https://michele0008.wixsite.com/cultcities>",
        "<network/ec2u> foaf:homepage <https://ec2u.eu/>",
        "<document/pavia-notice> cl:issuedLatest '2022-04-03'^^xsd:date",
        "<claim/besancon-3033123--pavia-3171366/pavia-notice/p3> cl:asOf '2022'^^xsd:gYear",
    ],
    "themayor-iurc": [
        "<participation/iurc/latina-3175058> cl:role role:selected",
        "<participation/iurc/latina-3175058> dcterms:relation <project/upper>",
        "<participation/iurc/colleferro-3178398> dcterms:relation <body/smart-city-labs>",
        "<participation/iurc/colleferro-3178398> cl:role role:selected",
        "<participation/iurc/latina-3175058> cl:startDate '2021'^^xsd:gYear",
        "<participation/iurc/colleferro-3178398> cl:endDate '2023'^^xsd:gYear",
        f"<participation/iurc/colleferro-3178398> prov:wasAttributedTo {REGIO}",
        f"{REGIO} org:subOrganizationOf <organisation/european-commission>",
        "<programme/iurc> cl:topic topic:innovation, topic:sustainability",
        "<programme/iurc> cl:startDate '2021'^^xsd:gYear ; cl:endDate '2023'^^xsd:gYear",
        "?m org:member <person/damiano-coletta> ; org:role ?r ; dcterms:relation ?post",
        "<post/latina-mayor> org:role <role/mayor> . <person/damiano-coletta> org:holds ?post",
        "<body/smart-city-labs> cl:promotedBy <authority/municipality-of-colleferro>",
        f"{FOUNDATION} cl:participation/cl:participant <city/latina-3175058>",
        f"{FOUNDATION} cl:participation/cl:participant <city/colleferro-3178398>",
        "<post/latina-mayor> org:heldBy/foaf:name 'Damiano Coletta'",
        "?post skos:prefLabel 'Mayor of Latina'@en ; org:postIn/cl:governs <city/latina-3175058>",
        "?post org:heldBy <person/cristina-leggio> ; org:postIn/cl:governs <city/latina-3175058>",
    ],
    "perm-twins": [
        "<observance/world-twin-cities-day> schema:eventSchedule/schema:byDay '-1SU'",
        "?schedule schema:byMonth 4 ; schema:startDate '1963'^^xsd:gYear",
        "<practice/ars-vivendi> cl:originCity <city/duisburg-2934691> ; cl:topic topic:inclusion",
        "<practice/city-call-centre> cl:practiceType practice:municipal-service",
        "<practice/extreme-park> cl:practiceType practice:facility",
        "<practice/community-centres> cl:practiceType practice:community-centre",
        "<practice/public-meetings-with-the-mayor> cl:practiceType practice:participation-format",
        "<implementation/ars-vivendi/perm-511196> cl:stage stage:operating",
        f"{PERM_UNIVERSITIES} org:linkedTo {UNIVERSITY}",
        f"{GIFTS} cl:exchangeType type:gift ; cl:startDate '2019-02'^^xsd:gYearMonth",
        f"{GIFTS} cl:sending {PERM} ; cl:receiving <city/qingdao-1797929>",
        f"{GIFTS} cl:size 1 ; cl:sizeUnit 'parcel'@en ; cl:supportedBy/cl:mode mode:inferred",
        f"{PAINTINGS} cl:exchangeType type:art-gift ; cl:size 30 ; cl:sizeUnit 'paintings'@en",
        f"{PAINTINGS} cl:supportedBy/cl:mode mode:announced ; dcterms:isPartOf {EXHIBITION}",
        f"{EXHIBITION} cl:exchangeType type:exhibition ; cl:supportedBy/cl:mode mode:announced",
        f"{ARTISTS} cl:exchangeType type:delegation ; cl:startDate '2013-06'^^xsd:gYearMonth",
        f"{CONCERT} cl:exchangeType type:concert ; cl:duration 'PT5H'^^xsd:duration",
        f"{CONCERT} cl:sizeAtLeast 80 ; cl:sizeUnit 'musicians'@en ; dcterms:isPartOf {ARTISTS}",
        f"{WEEK} cl:exchangeType type:festival ; skos:prefLabel 'La Settimana Russa'@it",
        f"{WEEK} cl:startDate '2011'^^xsd:gYear ; cl:endDate '2018'^^xsd:gYear",
        f"{WEEK} a cl:RecurringEvent ; cl:recurrence <{BASE}scheme/recurrence/yearly>",
        f"{WEEK} cl:supportedBy/cl:mode mode:inferred",
        "<association/oxford-perm> cl:looksAfter <link/oxford-2640729--perm-511196>",
        f"{MISSION} cl:exchangeType type:business-mission ; cl:receiving {PERM}",
        f"{MISSION} cl:startDate '2018-10'^^xsd:gYearMonth",
        f"{CONFERENCE} cl:exchangeType type:conference ; cl:startDate '2019-03'^^xsd:gYearMonth",
        f"{CONFERENCE} cl:organiser <association/oxford-perm>, <organisation/business-class>",
        f"{CONFERENCE} cl:organiser <organisation/oxford-global-media>",
    ],
    "cities": [
        "<city/iasi-675810> skos:prefLabel 'Iași'@ro ; skos:hiddenLabel ?iasi, ?cedilla"
        " FILTER(STR(?iasi) = 'Iasi' && STR(?cedilla) = 'Ia\\u015Fi')",
        "<city/turku-633679> skos:prefLabel 'Turku'@fi, 'Åbo'@sv ; cl:ownLanguage 'fi', 'sv'",
        "<city/perm-511196> skos:prefLabel 'Пермь'@ru ; cl:inCountry country:RUS",
        "<city/amneville-3037838> skos:altLabel 'Amnéville-les-Thermes'@fr",
        "<city/qingdao-1797929> skos:prefLabel '青岛'@zh ; cl:inCountry country:CHN",
    ],
}
"""What the documents say, as patterns that the graph of each must hold."""


@cache
def store() -> ox.Store:
    """Load every file into the graph of its name."""
    loaded = ox.Store()
    for path in FILES:
        graph = ox.NamedNode(f"{BASE}graph/{path.stem}")
        loaded.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=graph)
    return loaded


def ask(pattern: str, graph: str = "?graph") -> bool:
    """Tell whether a graph, any one unless it is named, holds a pattern."""
    where = graph if graph.startswith("?") else f"<{BASE}graph/{graph}>"
    return bool(store().query(f"{PROLOGUE} ASK {{ GRAPH {where} {{ {pattern} }} }}"))


def select(variables: str, pattern: str, *, merged: bool = True) -> Iterator[tuple[str, ...]]:
    """Give the values found in all graphs together, as text; `GRAPH` needs them apart."""
    query = f"{PROLOGUE} SELECT DISTINCT {variables} WHERE {{ {pattern} }}"
    found = store().query(query, use_default_graph_as_union=merged)
    assert isinstance(found, ox.QuerySolutions)
    for row in found:
        yield tuple(getattr(value, "value", "") for value in row)


def ref(iri: str) -> str:
    """Give an IRI without the part that all things share, its kind included."""
    return iri.removeprefix(ID).partition("/")[2]


@cache
def ledger() -> list[dict[str, str]]:
    with (ROOT / "data" / "identity.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def iris() -> set[str]:
    """Collect every IRI in the data."""
    terms = {term for quad in store() for term in (quad.subject, quad.predicate, quad.object)}
    return {term.value for term in terms if isinstance(term, ox.NamedNode)}


@cache
def literals() -> list[ox.Literal]:
    return [quad.object for quad in store() if isinstance(quad.object, ox.Literal)]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def runs(text: str) -> set[tuple[str, ...]]:
    """Collect all that stands in a row."""
    found = words(text)
    return {tuple(found[start : start + RUN]) for start in range(len(found) - RUN + 1)}


# Identity


def test_every_thing_is_in_the_ledger_once() -> None:
    """But geometries, which go with the city of the same reference."""
    minted = Counter(f"{ID}{line['kind']}/{line['ref']}" for line in ledger())
    found = Counter(iri for iri in iris() if iri.startswith(ID))
    geometries = {iri for iri in found if iri.startswith(f"{ID}geometry/")}
    assert minted == Counter(iri for iri in found.elements() if iri not in geometries)
    assert geometries
    assert {iri.replace("geometry/", "city/") for iri in geometries} <= minted.keys()


def test_ledger_has_its_columns_and_begins_with_the_cities() -> None:
    assert list(ledger()[0]) == COLUMNS
    kinds = [line["kind"] for line in ledger()]
    assert set(kinds[: kinds.count("city")]) == {"city"}


@every_row("line", ledger(), ids=lambda line: f"{line['kind']}/{line['ref']}")
def test_ledger_line(line: dict[str, str]) -> None:
    assert REF.fullmatch(line["ref"])
    assert line["label"]
    assert (line["decided"], line["replacedBy"]) == ("curator", "")
    assert date.fromisoformat(line["date"]).isoformat() == line["date"] >= "2026-11-23"
    identified = {bool(line[column]) for column in ("geonames", "wikidata", "country")}
    assert identified == {line["kind"] == "city"}


@every_row("line", [line for line in ledger() if line["kind"] == "city"], ids=str)
def test_city_of_the_ledger_is_described(line: dict[str, str]) -> None:
    number = line["geonames"]
    assert line["ref"].endswith(f"-{number}")
    assert ask(
        f"<city/{line['ref']}> a cl:City ; skos:prefLabel ?own, ?english ; cl:ownLanguage ?tag ;"
        f" cl:geonamesFeature <https://sws.geonames.org/{number}/> ; cl:population ?population ;"
        f" cl:wikidataItem <http://www.wikidata.org/entity/{line['wikidata']}> ;"
        f" cl:inCountry country:{line['country']} . FILTER(LANG(?english) = 'en')"
        " FILTER(LANG(?own) = ?tag && ?population > 0)",
        "cities",
    )


def test_only_the_graph_of_cities_describes_cities() -> None:
    describing = {
        str(quad.graph_name) for quad in store() if str(quad.subject).startswith(f"<{ID}city/")
    }
    assert describing == {f"<{BASE}graph/cities>"}


def test_links_of_two_are_named_by_their_parties() -> None:
    for link, *parties in select("?link ?a ?b", "?link cl:party ?a, ?b FILTER(STR(?a) < STR(?b))"):
        if "--" in ref(link):
            assert ref(link) == "--".join(map(ref, parties))
    assert {ref(link) for (link,) in select("?link", "?link cl:party ?c")} == {
        *("--".join(sorted([twin, "perm-511196"])) for twin in TWINS_OF_PERM),
        *(f"{city}--pavia-3171366" for city in NOT_IN_EC2U),
        "cultcities-friendship-agreement",
    }


# Form


@every_row("path", FILES, ids=lambda path: path.stem)
def test_graph_describes_itself(path: Path) -> None:
    graph = f"<{BASE}graph/{path.stem}>"
    assert ask(f"{graph} dcterms:title ?title ; dcterms:license ?licence", path.stem)
    document = f"<document/{path.stem}>"
    source = document if path.stem in DOCUMENTS else "<https://www.geonames.org/>"
    assert ask(f"{graph} dcterms:source {source}", path.stem)


def test_iris_are_ascii() -> None:
    assert all(iri.isascii() for iri in iris())


def test_no_blank_nodes() -> None:
    assert not [q for q in store() if ox.BlankNode in (type(q.subject), type(q.object))]


def test_strings_are_nfc() -> None:
    assert all(unicodedata.is_normalized("NFC", literal.value) for literal in literals())


def test_one_label_a_language() -> None:
    labels = select("?thing ?label (LANG(?label) AS ?tag)", "?thing skos:prefLabel ?label")
    assert max(Counter((thing, tag) for thing, _, tag in labels).values()) == 1


@every_row("name", DOCUMENTS)
def test_everything_has_a_passage_of_its_graph(name: str) -> None:
    missing = select(
        "?thing",
        f"GRAPH <{BASE}graph/{name}> {{ ?thing a ?class"
        " FILTER(?class NOT IN (dcat:Dataset, cl:SourceDocument, cl:Passage))"
        f" FILTER NOT EXISTS {{ ?thing cl:supportedBy ?passage . ?passage cl:mode ?mode ;"
        f" cl:locator ?locator ; cl:passageOf <document/{name}> }} }}",
        merged=False,
    )
    assert not list(missing)


@every_row("name", DOCUMENTS)
def test_every_passage_is_used(name: str) -> None:
    assert not ask("?passage a cl:Passage FILTER NOT EXISTS { ?x cl:supportedBy ?passage }", name)


def test_inference_is_explained() -> None:
    assert not ask("?passage cl:mode mode:inferred FILTER NOT EXISTS { ?passage skos:note ?how }")


@pytest.mark.skipif(not TEXTS.is_dir(), reason="the texts of the documents are not at hand")
def test_sentences_are_not_copied() -> None:
    named = select("?title", "?document a cl:SourceDocument ; dcterms:title ?title")
    titles = {title for (title,) in named}
    texts = [path.read_text(encoding="utf-8") for path in sorted(TEXTS.glob("*.txt"))]
    copied = set().union(*map(runs, texts))
    said = {literal.value for literal in literals()} - titles
    assert texts
    assert {text for text in said if runs(text) & copied} == set()


# Facts


@every_row(("graph", "fact"), [(graph, fact) for graph, facts in FACTS.items() for fact in facts])
def test_fact(graph: str, fact: str) -> None:
    assert ask(fact, graph)


@every_row("city", AUTHORITIES)
@every_row("graph", ["ec2u-cultcities", "pavia-notice"])
def test_authority_signs_and_takes_part(graph: str, city: str) -> None:
    authority, label, language = AUTHORITIES[city]
    assert ask(f"<authority/{authority}> skos:prefLabel '{label}'@{language}", graph)
    assert ask(f"<authority/{authority}> cl:governs <city/{city}>", graph)
    assert ask(f"{AGREEMENT} cl:signature/cl:signedFor <authority/{authority}>", graph)
    assert ask(f"{LINK8} cl:party <city/{city}> ; cl:actingBody <authority/{authority}>", graph)
    acting = f"cl:participant <city/{city}> ; cl:actingBody <authority/{authority}>"
    assert ask(f"{CULTCITIES} cl:participation [ {acting} ]", graph)
    role = "host" if authority == "comune-di-pavia" else "delegation"
    taking_part = f"cl:participant <city/{city}> ; cl:role role:{role}"
    assert ask(f"{EVENT} cl:participation [ {taking_part} ]", graph)


def test_eight_signatures() -> None:
    assert len(list(select("?signature", f"{AGREEMENT} cl:signature ?signature"))) == 8
    assert len(list(select("?city", f"{LINK8} cl:party ?city"))) == 8


@pytest.mark.parametrize("graph", ["ec2u-cultcities", "pavia-notice"])
def test_six_of_the_eight_are_in_the_alliance(graph: str) -> None:
    pattern = f"GRAPH <{BASE}graph/{graph}> {{ <network/ec2u> cl:participation/cl:participant ?c }}"
    found = {ref(city) for (city,) in select("?c", pattern, merged=False)}
    assert found == AUTHORITIES.keys() - NOT_IN_EC2U


def test_roles_in_cultcities() -> None:
    found = select("?part ?role", f"{CULTCITIES} cl:participation ?part . ?part cl:role ?role")
    assert Counter(role.rpartition("/")[2] for _, role in found) == Counter(
        {"coordinator": 1, "partner": 7, "associated-partner": 1}
    )


def test_twins_of_perm() -> None:
    found = select(
        "?city ?year",
        f"?link cl:party {PERM}, ?city ; cl:claim ?claim . ?claim cl:startDate ?year ;"
        f" cl:claimedKind kind:twinning ; cl:claimedStatus status:active ;"
        f" cl:recordedUnder {PERM} ;"
        f" cl:asOf '2019-04'^^xsd:gYearMonth FILTER(?city != {PERM})",
    )
    assert {ref(city): year for city, year in found} == TWINS_OF_PERM


def test_practices() -> None:
    found: dict[str, tuple[str, set[str]]] = {}
    for practice, giver, mode in select(
        "?practice ?from ?mode",
        f"?t cl:transferOf ?practice ; cl:fromCity ?from ; cl:toCity {PERM} ;"
        " cl:transferMode ?mode ;"
        f" cl:underLink/cl:party ?from ; cl:resultedIn/cl:implementedIn {PERM}",
    ):
        _, modes = found.setdefault(ref(practice), (ref(giver), set()))
        modes.add(mode.rpartition("/")[2])
    assert found == PRACTICES


def test_practices_are_carried_out_where_they_come_from() -> None:
    found = select(
        "?practice ?city",
        "?t cl:transferOf ?practice ; cl:fromCity ?city . ?there cl:implementationOf ?practice ;"
        " cl:implementedIn ?city ; cl:stage stage:operating ; cl:supportedBy/cl:mode mode:inferred",
    )
    assert {(ref(practice), ref(city)) for practice, city in found} == {
        (practice, city) for practice, (city, _) in PRACTICES.items()
    }


def test_no_document_states_an_inferred_date() -> None:
    found = select("?document", "?document a cl:SourceDocument ; dcterms:issued ?day")
    bounded = select("?document", "?document cl:issuedEarliest ?day ; skos:note ?how")
    inferred = {ref(document) for (document,) in bounded}
    assert inferred >= {"ec2u-cultcities", "pavia-notice", "perm-twins", "themayor-iurc"}
    assert inferred.isdisjoint(ref(document) for (document,) in found)


def test_heritage_practices_of_cultcities() -> None:
    found = select(
        "?practice ?measure",
        f"?practice a cl:HeritagePractice ; cl:heritageMeasure ?measure ; cl:heritageKind ?kind ;"
        f" cl:bearer|cl:practiceType ?any ; cl:concernsHeritage ?asset ;"
        f" cl:underProject {CULTCITIES}",
    )
    assert {(ref(practice), measure.rpartition("/")[2]) for practice, measure in found} == {
        ("circular-models-of-heritage-conservation", "conservation"),
        ("conservation-of-material-heritage", "conservation"),
        ("enhancement-of-material-heritage", "enhancement"),
        ("sustainable-reuse-of-material-heritage", "adaptive-reuse"),
        ("young-people-discuss-heritage-conservation", "conservation"),
    }
    enhancing = "?i cl:implementationOf <practice/enhancement-of-material-heritage>"
    where = select("?city", f"{enhancing} ; cl:implementedIn ?city")
    assert {ref(city) for (city,) in where} == AUTHORITIES.keys()
    assert ask(
        "?visit dcterms:isPartOf ?event ;"
        " cl:concernsHeritage <heritage-asset/cultural-heritage-of-pavia>"
    )


def test_persons_hold_public_office() -> None:
    found = select("?name", "?person a foaf:Person ; foaf:name ?name . ?post org:heldBy ?person")
    assert {name for (name,) in found} == {"Cristina Leggio", "Damiano Coletta"}
    assert len(list(select("?person", "?person a foaf:Person"))) == 2


def test_no_pairing_is_known() -> None:
    assert not ask("?pairing a cl:ProgrammePairing")
    assert not ask("?link cl:party <city/latina-3175058>")
    assert not ask("?link cl:party <city/colleferro-3178398>")
