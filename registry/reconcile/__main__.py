"""Making the index of the gazetteer beside a server: `python -m registry.reconcile`."""

from __future__ import annotations

import os

from registry.reconcile.matcher import prepare
from registry.settings import read

os.nice(10)  # The server that starts comes first.
prepare(read())
