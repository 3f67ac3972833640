"""The version of the software, in a place of its own since it takes a while to find."""

from importlib.metadata import version

__version__ = version("citylinks")

AGENT = f"citylinks/{__version__} (https://w3id.org/citylinks/)"
"""How this software names itself to servers of others."""
