"""What an officer takes away: calendars, and a card that other sites may show."""

from __future__ import annotations

import csv
import io
from typing import Any

import icalendar
import pytest
from flask.testing import FlaskClient

from tests.web.reading import page


def events(client: FlaskClient, path: str) -> dict[str, Any]:
    """Give the events of a calendar by their titles."""
    response = client.get(path, headers={"Accept-Language": "en"})
    assert (response.status_code, response.mimetype) == (200, "text/calendar")
    calendar = icalendar.Calendar.from_ical(response.data)
    return {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}


def test_people_are_led_to_the_possible_partners_on_the_page(client: FlaskClient) -> None:
    asked = "/possible-partners/perm-511196?lang=de"
    response = client.get(asked, headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 303
    assert response.headers["Location"] == "/doc/city/perm-511196?lang=de#possible"
    assert response.headers["Vary"] == "Accept"
    assert client.get(asked).mimetype == "text/csv"


def test_a_city_has_its_anniversaries_and_the_day_that_is_observed(client: FlaskClient) -> None:
    found = events(client, "/calendar/perm-511196.ics")
    assert "Twinning: Perm – Oxford (since 1995)" in found
    assert found["World Twin Cities Day"]["RRULE"]["BYDAY"] == ["-1SU"]
    assert len(found) == 7


def test_the_calendar_of_all_has_each_link_once(client: FlaskClient) -> None:
    found = events(client, "/calendar.ics")
    friendship = next(title for title in found if title.startswith("Friendship"))
    assert found[friendship]["RRULE"]["FREQ"] == ["YEARLY"]
    assert str(found[friendship].start) == "2023-04-07"
    assert {event["UID"] for event in events(client, "/calendar/perm-511196.ics").values()} <= {
        event["UID"] for event in found.values()
    }


def test_a_calendar_speaks_the_readers_language(client: FlaskClient) -> None:
    told = client.get("/calendar/perm-511196.ics?lang=de").text
    assert "seit 1995" in told.replace("\r\n ", "")


@pytest.mark.parametrize(
    "path", ["/calendar/nowhere-1.ics", "/calendar/%2e%2e.ics", "/card/nowhere-1"]
)
def test_a_city_that_is_not_there_is_told(path: str, client: FlaskClient) -> None:
    assert client.get(path).status_code == 404


def test_a_card_may_be_shown_anywhere_and_loads_no_scripts(client: FlaskClient) -> None:
    response = client.get("/card/perm-511196")
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]
    shown = page(response.data)
    assert shown.errors == ()
    assert not shown.find("script")
    assert all(link.get("target") == "_blank" for link in shown.find("a"))
    assert "Oxford" in shown.text


def test_possible_partners_are_the_same_on_the_page_and_as_data(client: FlaskClient) -> None:
    body = client.get("/possible-partners/perm-511196.json").json
    assert body is not None
    table = client.get("/possible-partners/perm-511196.csv?lang=en").text
    rows = list(csv.DictReader(io.StringIO(table)))
    proposed = [one["candidate"] for one in body["proposals"]]
    assert proposed
    assert [row["candidate"] for row in rows] == proposed
    assert [row["score"] for row in rows] == [str(one["score"]) for one in body["proposals"]]
    shown = page(client.get("/doc/city/perm-511196.html").data)
    found = shown.find("section[@id='possible']/ol/li/a")
    links = [link.attrib["href"] for link in found]
    assert [link.partition("?")[0].rpartition("/")[2] for link in links] == [
        iri.rpartition("/")[2] for iri in proposed
    ]


def test_possible_partners_are_named_in_the_readers_language(client: FlaskClient) -> None:
    body = client.get("/possible-partners/perm-511196.json?lang=de").json
    assert body is not None
    assert {one["countryName"] for one in body["proposals"]} & {"Italien", "Frankreich"}
    assert all(one["topicNames"] for one in body["proposals"] if one["topics"])


def test_who_links_a_city_is_not_proposed_to_it(client: FlaskClient) -> None:
    body = client.get("/possible-partners/perm-511196.json?lang=en").json
    assert body is not None
    names = {one["candidateName"] for one in body["proposals"]}
    assert not names & {"Oxford", "Duisburg", "Agrigento", "Qingdao", "Louisville", "Perm"}
