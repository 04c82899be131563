"""The version that the gate holds back: one folder beside the versions, to be looked at; no reader meets it.

published/held/            tables and manifest.json as of a version, replaced by the next that is held
published/held/gate.json   the edition that was judged, and every finding
published/held/news.duckdb a catalog of its own
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import shutil
from dataclasses import asdict
from pathlib import Path

from copydesk import catalog
from copydesk.checksums import sealed
from copydesk.gate.verdict import Verdict
from copydesk.store import STAGING, Manifest, Store, sync_folder, write_text

log = logging.getLogger("copydesk")
FOLDER, NOTE = "held", "gate.json"


def hold(store: Store, staging: Path, manifest: Manifest, day: dt.date, verdict: Verdict) -> Path:
    """Give the folder in which a version lies that is not published; the one held before is gone."""
    told = {"edition": day.isoformat(), "findings": [asdict(each) for each in verdict.findings]}
    write_text(staging / NOTE, sealed(told))
    write_text(staging / "manifest.json", manifest.to_json())
    sync_folder(staging)
    if (before := waiting(store)) not in {"", day.isoformat()}:
        log.warning("gate: the held edition %s makes room; run it again when its inputs are right", before)
    remove(store)
    folder = staging.rename(store.published / FOLDER)
    sync_folder(store.published)
    catalog.write_catalog(folder, folder)
    return folder


def release(store: Store, day: dt.date) -> None:
    """Remove what was held of an edition, because that edition is published now."""
    if waiting(store) == day.isoformat():
        remove(store)


def waiting(store: Store) -> str:
    """Give the edition that is held, or nothing."""
    try:
        told = json.loads((store.published / FOLDER / NOTE).read_text(encoding="utf-8"))
        return str(told["edition"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def remove(store: Store) -> None:
    """Remove the held version; a removal that is cut short leaves only what the next run removes."""
    folder = store.published / FOLDER
    if folder.exists():
        aside = store.published / f"{STAGING}{FOLDER}-{os.getpid()}"
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        shutil.rmtree(aside)
