"""Names are looked up in a small gazetteer."""

from tests.places.conftest import gazetteer

__all__ = ["gazetteer"]
