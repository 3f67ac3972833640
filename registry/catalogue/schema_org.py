"""The registry as a schema.org Dataset, which search engines for data read in pages."""

from __future__ import annotations

from typing import Any

from registry import terms
from registry.catalogue.publication import DATASET, DESCRIPTION, NAME, TITLE, Publication
from registry.views.dumps import GZIP


def named(language: str, licence: str) -> dict[str, Any]:
    """Describe what the dataset is, and where its catalogue is, wherever this is said."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": DATASET,
        "name": TITLE[language],
        "description": DESCRIPTION[language],
        "url": terms.BASE,
        "identifier": DATASET,
        "license": licence,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": f"{NAME} contributors"},
        "includedInDataCatalog": {"@type": "DataCatalog", "url": f"{terms.BASE}catalog"},
    }


def describe(publication: Publication, language: str) -> dict[str, Any]:
    """Describe the dataset in a language (https://schema.org/Dataset), as JSON-LD."""
    edition, statistics = publication.current, publication.statistics
    whole = edition.whole
    described: dict[str, Any] = {
        **named(language, publication.licence),
        "version": edition.manifest.version,
        "dateModified": edition.at,
        "datePublished": publication.since,
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": publication.file(edition, entry),
                "encodingFormat": GZIP,
                "contentSize": f"{entry.bytes} B",
                "sha256": entry.sha256,
            }
            for entry in whole
        ],
    }
    if statistics.since:
        described["temporalCoverage"] = f"{statistics.since}/{edition.manifest.as_of}"
    if statistics.box:
        west, south, east, north = statistics.box
        box = {"@type": "GeoShape", "box": f"{south:g} {west:g} {north:g} {east:g}"}
        described["spatialCoverage"] = {"@type": "Place", "geo": box}
    return described
