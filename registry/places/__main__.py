"""Writes the compact gazetteer to the file that is named, from the folder that is named.

The folder holds `geonames-labels/labels.tsv` and `natural-earth-places/places.csv`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from registry import files
from registry.places import natural_earth
from registry.places.divisions import divisions
from registry.places.gazetteer import SMALLEST, in_part, packaged, text_of
from registry.places.labels import (
    by_division,
    labelled,
    read_labels,
    without_names_of_neighbours,
)
from registry.places.own_names import with_own_names
from registry.places.subdivisions import parts, subdivisions

target, inputs = map(Path, sys.argv[1:])
labels = read_labels(inputs / "geonames-labels" / "labels.tsv")
mapped = natural_earth.read_places(inputs / "natural-earth-places" / "places.csv")
parted = parts()
places = [in_part(labelled(place, labels), parted.get(place.id, "")) for place in packaged()]
around = natural_earth.Around(places)
named = divisions(by_division(labels), natural_earth.divisions(mapped, around), subdivisions())
anchors = natural_earth.anchors(mapped, around)
mapped_names = [*natural_earth.with_names_of_the_map(places, mapped, anchors)]
called = [*without_names_of_neighbours(mapped_names)]
files.write_xz(target, text_of(with_own_names(called), named, anchors), SMALLEST)
