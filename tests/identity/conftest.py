"""Names are looked up in a small gazetteer, and in the shipped one."""

from tests.places.conftest import gazetteer, shipped_gazetteer

__all__ = ["gazetteer", "shipped_gazetteer"]
