"""Where data lives and what may be tuned: from `copydesk.toml`, overridden by the environment.

data = "data"              # COPYDESK_DATA: stage, published versions, catalog, run reports
workers = 0                # COPYDESK_WORKERS: processes; 0 is one per core
rules = ["site-rules"]     # COPYDESK_RULES (separated by ':'): folders with rule files of your own
tolerance = 0.0            # COPYDESK_TOLERANCE: share of records in quarantine that still exits 0
page_cpu_seconds = 20.0    # COPYDESK_PAGE_CPU_SECONDS: one page may cost this much
page_memory_mib = 1024     # COPYDESK_PAGE_MEMORY_MIB: so much more than before it a worker may hold for one page
page_seconds = 300.0       # COPYDESK_PAGE_SECONDS: a worker that stays at one page for longer is killed
classifier = true          # COPYDESK_CLASSIFIER (0 or 1): whether the classifiers of lines have a say
extraction = "best"        # COPYDESK_EXTRACTION: best, or fast at three fifths of the CPU time; docs/extract.md
learn_after = 0            # COPYDESK_LEARN_AFTER: so many stories with a line cut it without a person; 0: never
fold_window = 90           # COPYDESK_FOLD_WINDOW: days back in which near-identical texts are looked for
outlet_priority = []       # COPYDESK_OUTLET_PRIORITY (separated by ':' or ','): sites that lead, the best first
keep_versions = 30         # COPYDESK_KEEP_VERSIONS: the newest versions that stay, beside one of each month
gate = true                # COPYDESK_GATE (0 or 1): whether an edition must be plausible beside those before it
gate_quarantine = 0.2      # COPYDESK_GATE_QUARANTINE: share of records in quarantine that may be published at all
grace_hours = 48           # COPYDESK_GRACE_HOURS: nothing that was in use so lately is removed
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from transforms.errors import UsageError

FILE = "copydesk.toml"
EXTRACTIONS = ("best", "fast")


@dataclass(frozen=True)
class Settings:
    """What a run may be told; each has a default that suits one machine."""

    data: Path = Path("data")
    workers: int = 0  # one per core
    rules: tuple[Path, ...] = ()
    tolerance: float = 0.0  # any record in quarantine is worth a look in the morning
    page_cpu_seconds: float = 20.0  # a page costs 0.03 s; hostile ones minutes (64,000 attributes: 50 s)
    page_memory_mib: int = 1_024  # 20 MB in one paragraph take 440, 400,000 elements 340
    page_seconds: float = 300.0  # the kernel's limit is 60 CPU seconds, on a machine five times overcommitted
    classifier: bool = (
        True  # without it two fifths of the leftover lines stay; docs/decisions/0012-line-classifier.md
    )
    extraction: str = "best"
    learn_after: int = 0  # a person decides; docs/decisions/0010-site-memory.md
    fold_window: int = 90  # days back; 0 is within an edition only; identical texts are found at any distance
    outlet_priority: tuple[str, ...] = ()  # the longest complete text leads, whoever ran it
    keep_versions: int = 30  # a month of nights to go back to
    gate: bool = True  # docs/gate.md
    gate_quarantine: float = 0.2  # beyond what `tolerance` may be set to on purpose (0.1 for the sample)
    grace_hours: int = 48  # who reads a version over a weekend's night is done by then

    @property
    def processes(self) -> int:
        """Give the number of worker processes, at least one."""
        return self.workers or os.cpu_count() or 1


def load(folder: Path = Path(), environment: dict[str, str] | None = None) -> Settings:
    """Give the settings that hold in a folder; UsageError names the file and the key that cannot be right."""
    file = folder / FILE
    told: dict[str, Any] = {}
    if file.is_file():
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: not TOML ({error}); correct it or move it away") from error
    known = [field.name for field in fields(Settings)]
    if unknown := sorted(set(told) - set(known)):
        raise UsageError(f"{file}: unknown setting {unknown[0]!r}; there are {', '.join(known)}")
    environment = dict(os.environ) if environment is None else environment
    told |= {name: value for name in known if (value := environment.get(f"COPYDESK_{name.upper()}"))}
    settings = Settings()
    for name, value in told.items():
        try:
            settings = replace(settings, **{name: _READERS[name](value)})
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"setting {name} = {value!r}: {error}; the README says what may stand there"
            ) from error
    return settings


def _paths(value: str | list[str]) -> tuple[Path, ...]:
    return tuple(Path(part) for part in (value.split(os.pathsep) if isinstance(value, str) else value))


def _sites(value: str | list[str]) -> tuple[str, ...]:
    given = re.split("[:,]", value) if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(site, str) for site in given):
        raise TypeError("must be a list of sites")
    sites = tuple(site.strip() for site in given)
    if "" in sites:
        raise ValueError("must not hold an empty name")
    if repeated := [site for site, times in Counter(sites).items() if times > 1]:
        raise ValueError(f"names {repeated[0]!r} more than once")
    return sites


def _count(value: str | int) -> int:
    if isinstance(value, bool):
        raise TypeError("must be a number")
    if (number := int(value)) < 0:
        raise ValueError("must not be negative")
    return number


def _positive(value: str | int) -> int:
    if (number := _count(value)) < 1:
        raise ValueError("must be at least 1")
    return number


def _switch(value: str | bool) -> bool:  # noqa: FBT001 - what stands in the file
    known = {"1": True, "true": True, "0": False, "false": False}
    if (switch := known.get(str(value).lower())) is None:
        raise ValueError("must be true or false")
    return switch


def _extraction(value: str) -> str:
    if value not in EXTRACTIONS:
        raise ValueError(f"must be one of {', '.join(EXTRACTIONS)}")
    return value


def _share(value: str | float) -> float:
    if not 0 <= (number := float(value)) <= 1:
        raise ValueError("must lie between 0 and 1")
    return number


def _mebibytes(value: str | int) -> int:
    if not (number := _count(value)):
        raise ValueError("must be greater than 0")
    return number


def _seconds(value: str | float) -> float:
    if (number := float(value)) <= 0:
        raise ValueError("must be greater than 0")
    return number


_READERS: dict[str, Any] = {
    "data": Path,
    "workers": _count,
    "rules": _paths,
    "tolerance": _share,
    "page_cpu_seconds": _seconds,
    "page_memory_mib": _mebibytes,
    "page_seconds": _seconds,
    "classifier": _switch,
    "extraction": _extraction,
    "learn_after": _count,
    "fold_window": _count,
    "outlet_priority": _sites,
    "keep_versions": _positive,
    "gate": _switch,
    "gate_quarantine": _share,
    "grace_hours": _count,
}
