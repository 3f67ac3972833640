"""Pages about the registry itself and about whoever runs this server.

What they say of the operator is read from the settings; what is not set is told to be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, render_template

from registry import formats, terms
from registry.problems import Problem
from registry.things.standing import STATES
from registry.web.context import contact, last_modified, origin, pages, parts, release
from registry.web.negotiation import respond_as, respond_page
from registry.web.operation import PAGE, Operation, Parameter
from registry.web.routes.home import count, figures

routes = Blueprint("notices", __name__)

PREPARED: Final = "2026-11-30"
"""The day on which the accessibility statement was last looked through."""

_ABOUT: Final = Parameter(
    "about",
    "the page that a message is about, as its address without the server",
    {"type": "string", "pattern": f"^(?:/doc/{terms.REF.pattern})?$"},
    "/doc/city/perm-511196",
    empty=True,
)


def _about() -> Mapping[str, object]:
    return {"figures": figures(count())}


def _help() -> Mapping[str, object]:
    makes = pages()
    return {"states": [(one, makes.link(f"{terms.SCHEME}status/{one}")) for one in STATES]}


def _contact() -> Mapping[str, object]:
    about = _ABOUT.read()
    _, _, thing = about.partition("/doc/")
    if about and not terms.REF.fullmatch(thing):
        raise Problem("bad-parameter", "about is not the address of a page, such as /doc/city/…")
    page, written = f"{origin()}{about}" if about else "", contact()
    if about and written.startswith("mailto:"):
        written += f"?subject={quote(f'Citylinks: {about}')}&body={quote(page)}"
    return {"about": about, "page": page, "write": written}


def _accessibility() -> Mapping[str, object]:
    return {"prepared": PREPARED}


_PAGES: Final[dict[str, tuple[str, Callable[[], Mapping[str, object]]]]] = {
    "about": ("What this registry is, where it comes from, what it does not know", _about),
    "help": ("How to find a city, read its page and take data along", _help),
    "contact": ("Whom to write to, and what to send", _contact),
    "privacy": ("Which data about visitors, and about people in sources, are processed", dict),
    "accessibility": ("The accessibility statement (Directive (EU) 2016/2102)", _accessibility),
    "imprint": ("Who runs this server", dict),
}
"""By address: a summary, and what gives the template its values."""

NAMES: Final = tuple(_PAGES)


def _shown(name: str) -> Response:
    """Show one of the pages."""

    def write() -> str:
        _, values = _PAGES[name]
        return render_template(f"{name}.html", operator=parts().settings, **values())

    settings = parts().settings
    said = [getattr(settings, key) for key in _SAID]
    tag = "\n".join((release().version, name, contact(), origin(), *said))
    return respond_page(write, tag, last_modified())


_SAID: Final = ("operator_name", "operator_address", "operator_email", "enforcement_body")
"""The settings that the pages show beside the contact."""

for _name, (_summary, _) in _PAGES.items():
    _parameters = (_ABOUT,) if _name == "contact" else ()
    _described = Operation(_summary, "server", PAGE, _parameters)
    routes.add_url_rule(f"/{_name}", _name, _described(partial(_shown, _name)))


@routes.get("/.well-known/security.txt")
@Operation("Whom to tell of a weakness (RFC 9116)", "server", (formats.TEXT,))
def security() -> Response:
    """Return whom to write to about a weakness of the software.

    Raises
    ------
    Problem
        `not-found` when no contact is set: the file must name one.

    """
    if not contact():
        raise Problem("not-found", "the operator of this server has set no contact")
    return respond_as(formats.TEXT, _security, "")


def _security() -> str:
    expires = (datetime.now(UTC) + _VALID).date()
    whom = contact()
    lines = {
        "Contact": whom,
        "Expires": f"{expires}T00:00:00Z",
        "Preferred-Languages": ", ".join(terms.LANGUAGES),
        "Canonical": f"{origin()}/.well-known/security.txt",
        "Policy": f"{origin()}/contact",
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


_VALID: Final = timedelta(days=180)
"""For how long a file tells whom to write to; less than a year is recommended."""
