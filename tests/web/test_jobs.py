"""Jobs: a client that does not wait finds its answer later, at an address that lasts."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.releases.workspace import Workspace
from tests.web.served import Reply, Server, serving

ASYNC = {"Prefer": "respond-async"}
CITIES = "SELECT ?c { ?c a <https://w3id.org/citylinks/ontology#City> } ORDER BY ?c"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def home(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of its own, whose releases are those of the other."""
    home = tmp_path_factory.mktemp("jobs") / "home"
    shutil.copytree(workspace.home, home, symlinks=True)
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    limits = {"query_seconds": "1", "job_seconds": "4"}
    with serving({"home": str(home), **limits}) as running:
        yield running


def start(server: Server, query: str, **headers: str) -> Reply:
    reply = server.post(query, **ASYNC, **headers)
    assert reply.status == 202, reply.text
    return reply


def ended(server: Server, address: str) -> Any:
    """Wait until a job is over."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        job = server.ask(address, Accept="application/json")
        if job.json["state"] != "running":
            return job.json
        assert job.headers["Retry-After"]
        time.sleep(0.1)
    pytest.fail("the job does not end")


def test_an_answer_is_kept_for_its_release(server: Server) -> None:
    reply = start(server, CITIES, Accept="text/csv")
    assert reply.headers["Preference-Applied"] == "respond-async"
    job = ended(server, reply.headers["Location"])
    result = server.ask(job["result"])
    assert job["state"] == "done"
    assert result.body == server.post(CITIES, Accept="text/csv").body
    assert (len(result.body), hashlib.sha256(result.body).hexdigest()) == (
        job["bytes"],
        job["sha256"],
    )
    assert result.type == "text/csv"
    assert (
        result.headers["Citylinks-Release"] == job["release"] == reply.headers["Citylinks-Release"]
    )
    assert result.headers["ETag"] == f'"{job["sha256"]}"'


def test_it_is_told_with_the_result_what_deviates(server: Server) -> None:
    query = 'SELECT (REPLACE("abc", "b*", "x") AS ?a) {}'
    job = ended(server, start(server, query).headers["Location"])
    told = server.post(query).headers["Citylinks-Warning"]
    assert told
    assert server.ask(job["result"]).headers["Citylinks-Warning"] == told


def test_its_result_can_be_taken_in_parts(server: Server) -> None:
    job = ended(server, start(server, CITIES, Accept="text/csv").headers["Location"])
    part = server.ask(job["result"], Range="bytes=2-9")
    assert (part.status, part.body) == (206, server.ask(job["result"]).body[2:10])


def test_the_same_question_has_one_job(server: Server) -> None:
    first, again = (start(server, CITIES, Accept="text/csv") for _ in range(2))
    other = start(server, CITIES, Accept="text/tab-separated-values")
    assert first.headers["Location"] == again.headers["Location"] != other.headers["Location"]


@pytest.mark.parametrize(
    "accept", ["text/turtle", "application/n-triples", "application/trig", "*/*"]
)
def test_a_graph_is_answered_in_the_format_that_fits(accept: str, server: Server) -> None:
    query = "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o }"
    job = ended(server, start(server, query, Accept=accept).headers["Location"])
    assert server.ask(job["result"]).type == job["format"]
    assert accept in {"*/*", job["format"]}


@pytest.mark.slow
def test_a_job_has_a_deadline_of_its_own(server: Server) -> None:
    """Until then it takes no slot of those who wait."""
    assert server.post(ENDLESS).status == 504
    address = start(server, ENDLESS).headers["Location"]
    for _ in range(3):
        assert server.query(CITIES).status == 200
    result = server.ask(f"{address}/result")
    assert (result.status, "no answer yet" in result.text) == (404, True)
    job = ended(server, address)
    assert (job["state"], job["problem"]) == ("failed", "query-timeout")
    assert "after 4 seconds" in job["detail"]
    result = server.ask(job["job"] + "/result")
    assert (result.status, result.json["detail"]) == (404, f"there is no answer: {job['detail']}")


@pytest.mark.parametrize(
    ("query", "status"),
    [("SELEC * {}", 400), ("SELECT * { SERVICE <http://x/> {} }", 403), ("CLEAR ALL", 403)],
)
def test_what_the_guards_refuse_is_no_job(query: str, status: int, server: Server) -> None:
    assert server.post(query, **ASYNC).status == status


def test_what_cannot_be_answered_is_no_job(server: Server) -> None:
    reply = server.post("ASK {}", **ASYNC, Accept="image/png")
    assert (reply.status, reply.json["type"].rpartition("/")[2]) == (406, "not-acceptable")
    assert server.post("ASK FROM <http://nope> {}", **ASYNC).status == 400


def test_what_the_engine_refuses_fails(server: Server) -> None:
    job = ended(server, start(server, "SELECT * {").headers["Location"])
    assert (job["state"], job["problem"]) == ("failed", "query-syntax")
    assert (job["line"], job["column"]) == (1, 11)
    page = server.ask(job["job"], Accept="text/html").body.decode()
    assert "(line&nbsp;1, column&nbsp;11)" in page


@pytest.mark.parametrize("name", ["0" * 32, "..", "..%2f..%2fetc", "a", "lock", ".lock", "é"])
def test_there_is_no_other_job(name: str, server: Server) -> None:
    for end in ("", "/result"):
        assert server.ask(f"/jobs/{name}{end}".replace("é", "%C3%A9")).status in {308, 404}


def test_a_page_says_the_same(server: Server) -> None:
    address = start(server, CITIES, Accept="text/csv").headers["Location"]
    ended(server, address)
    page = server.ask(f"{address}?lang=it", Accept="text/html")
    assert "La risposta è pronta" in page.text
    assert f"{address}/result" in page.text


@pytest.mark.slow
def test_a_restart_interrupts_and_asking_again_begins_anew(home: Path) -> None:
    limits = {"home": str(home), "job_seconds": "60", "processes": "1"}
    with serving(limits) as first:
        address = start(first, ENDLESS + " # long").headers["Location"]
        assert first.ask(address, Accept="application/json").json["state"] == "running"
    with serving({**limits, "job_seconds": "1"}) as second:
        assert second.ask(address, Accept="application/json").json["state"] == "interrupted"
        assert start(second, ENDLESS + " # long").headers["Location"] == address
        assert ended(second, address)["problem"] == "query-timeout"


@pytest.mark.slow
def test_the_oldest_give_way_and_so_do_those_of_releases_that_are_gone(home: Path) -> None:
    shutil.rmtree(home / "jobs", ignore_errors=True)
    with serving({"home": str(home), "job_bytes": "2000", "processes": "1"}) as server:
        jobs = []
        for n in range(4):
            reply = start(server, f"{CITIES} # {n}", Accept="text/csv")
            jobs.append(ended(server, reply.headers["Location"]))
            os.utime(home / reply.headers["Location"].lstrip("/"), (n, n))
        assert 2000 / 3 < jobs[0]["bytes"] < 2000 / 2
        states = [server.ask(job["job"]).status for job in jobs]
        assert states == [404, 200, 200, 200]
        question = home / jobs[3]["job"].lstrip("/") / "question.json"
        question.write_text(question.read_text().replace(jobs[3]["release"], "0" * 32))
        ended(server, start(server, f"{CITIES} # 4", Accept="text/csv").headers["Location"])
        assert server.ask(jobs[3]["job"]).status == 404


CITY_TABLE = "Stadt;Land\nPavya;IT\nPavia;IT\n"


def start_table(server: Server, step: str = "") -> Reply:
    address = f"/link?column=Stadt&country-column=Land&step={step}&lang=de"
    headers = {**ASYNC, "Content-Type": "text/csv"}
    reply = server.ask(address, "POST", CITY_TABLE.encode(), **headers)
    assert reply.status == 202, reply.text
    return reply


def test_a_table_is_linked_as_a_job(server: Server) -> None:
    """Its rows are those that a client gets who waits."""
    job = ended(server, start_table(server).headers["Location"])
    assert (job["state"], job["task"], job["format"]) == ("done", "link", "text/csv")
    assert job["columns"] == {"name": "Stadt", "country": "Land"}
    result = server.ask(job["result"])
    sent = {"Content-Type": "text/csv"}
    waited = server.ask(
        "/link?column=Stadt&country-column=Land", "POST", CITY_TABLE.encode(), **sent
    )
    assert result.body == waited.body
    page = server.ask(f"{job['job']}?lang=de", Accept="text/html").text
    assert "Die Tabelle ist verknüpft" in page


def test_the_review_of_a_job_is_decided_on_its_table(server: Server) -> None:
    """What is found is told in the language that was asked for."""
    job = ended(server, start_table(server, "review").headers["Location"])
    found = server.ask(job["result"]).json
    assert found["open"][0]["why"] == {"text": "ein anderer Ort kann gemeint sein", "lang": "de"}
    page = server.ask(job["job"], Accept="text/html").text
    name = job["job"].rpartition("/")[2]
    assert f"/link?job={name}" in page
    assert f'data-job="{name}"' in server.ask(f"/link?job={name}", Accept="text/html").text
    decided = f"/link?job={name}&decisions=%7B%222%22%3A%22city/pavia-3171366%22%7D"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    rows = server.ask(decided, "POST", b"", **form).text.splitlines()
    assert [row.split(";")[2].endswith("/city/pavia-3171366") for row in rows[1:]] == [True, True]


@pytest.mark.slow
def test_a_job_without_a_table_has_nothing_to_link(server: Server) -> None:
    query = start(server, CITIES).headers["Location"].rpartition("/")[2]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for name in (query, "0" * 32):
        assert server.ask(f"/link?job={name}&column=a", "POST", b"", **form).status == 404


@pytest.mark.slow
def test_a_table_that_cannot_be_read_fails_its_job(server: Server) -> None:
    headers = {**ASYNC, "Content-Type": "text/csv"}
    reply = server.ask("/link?column=Ort", "POST", CITY_TABLE.encode(), **headers)
    job = ended(server, reply.headers["Location"])
    assert (job["state"], job["problem"]) == ("failed", "bad-parameter")
