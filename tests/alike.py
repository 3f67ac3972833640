"""Saved queries that are alike to the web, of which the quick tests ask one."""

from __future__ import annotations

from collections.abc import Iterable

from registry.saved_queries import SavedQuery


def one_of_each(queries: Iterable[SavedQuery]) -> list[SavedQuery]:
    """Choose a query for each form and list of types of parameters: the web treats others so."""
    found = {(query.form, *(one.type for one in query.parameters)): query for query in queries}
    return list(found.values())
