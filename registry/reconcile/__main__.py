"""Making the index of the gazetteer beside a server: `python -m registry.reconcile`."""

from __future__ import annotations

from registry.reconcile.desk import prepare
from registry.settings import read

prepare(read())
