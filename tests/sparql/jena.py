"""Apache Jena, from Debian's `libapache-jena-java`, with the current release of a workspace.

`python -m tests.sparql.jena HOME PORT` answers at http://127.0.0.1:PORT/ until it is ended.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

import pyoxigraph as ox

JARS: Final = Path("/usr/share/java")
_PROGRAM: Final = Path(__file__).with_name("Jena.java")
_MOVED: Final = "org/apache/jena/ext/"
"""Debian has classes of Jena's core look elsewhere for messages that it left in this folder."""


def messages(folder: Path) -> None:
    """Put Jena's messages where its classes look for them."""
    with zipfile.ZipFile(JARS / "jena-core.jar") as jar:
        for name in jar.namelist():
            if name.startswith(f"{_MOVED}xerces/") and name.endswith(".properties"):
                file = folder / name.removeprefix(_MOVED)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(jar.read(name))


def main() -> None:
    """Load the release and answer."""
    home, port = Path(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="citylinks-jena-") as made:
        folder, database = Path(made), Path(made) / "database"
        quads = folder / "quads.nq"
        store = ox.Store.read_only(str((home / "current" / "store").resolve()))
        store.dump(str(quads), format=ox.RdfFormat.N_QUADS)
        database.mkdir()
        messages(folder)
        jars = f"{folder}:{JARS}/*"
        given = [str(one) for one in (_PROGRAM, database, port, quads)]
        subprocess.run(["java", "-Xmx3g", "-Xss16m", "-cp", jars, *given], check=True)


if __name__ == "__main__":
    main()
