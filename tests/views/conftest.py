"""Files with claims of one's choice, from which views are made."""

from tests.publishing.conftest import file, listing

__all__ = ["file", "listing"]
