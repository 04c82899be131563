"""What the gate says of an edition, and what a person let pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from copydesk.gate.limits import LIMITS

SHOWN = 20  # findings in a message; all are in gate.json of the held version
OFF, EARLY, PLAUSIBLE, ACCEPTED, HELD = "off", "too early", "plausible", "accepted", "held"


@dataclass(frozen=True)
class Finding:
    """One number that the editions before do not explain; `editions` says of how many nights together."""

    measure: str
    subject: str
    seen: float
    usual: float
    low: float
    high: float
    editions: int
    text: str


@dataclass(frozen=True)
class Acceptance:
    """What a person let pass in an edition, and why; kept in the manifest."""

    edition: str
    reason: str
    findings: tuple[tuple[str, str], ...]  # measure and subject

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Acceptance:
        """Give it as a manifest tells it."""
        return cls(
            told["edition"], told["reason"], tuple((measure, subject) for measure, subject in told["findings"])
        )


@dataclass(frozen=True)
class Verdict:
    """What the gate says of an edition."""

    state: str
    editions: int = 0  # compared with
    numbers: int = 0  # judged
    findings: tuple[Finding, ...] = ()
    early: tuple[str, ...] = ()  # sites with too few editions for a verdict
    reason: str = ""  # a person's, where findings were accepted

    def to_lines(self) -> list[str]:
        """Give what the report says."""
        head = {
            OFF: "off (setting gate)",
            EARLY: f"no verdict, {self.editions} editions to compare with, {LIMITS.fewest} needed",
            PLAUSIBLE: f"plausible beside {self.editions} editions, {self.numbers} figures",
            ACCEPTED: f"{_findings(len(self.findings))} accepted: {self.reason}",
            HELD: f"{_findings(len(self.findings))}, not published",
        }[self.state]
        early = f"no verdict yet, fewer than {LIMITS.fewest} editions: {_some(self.early)}"
        return [f"gate: {head}", *self.shown(), *([f"  {early}"] if self.early else [])]

    def shown(self) -> list[str]:
        """Give a line for each finding, up to SHOWN."""
        more = len(self.findings) - SHOWN
        return [f"  {each.text}" for each in self.findings[:SHOWN]] + ([f"  and {more} more"] if more > 0 else [])


UNJUDGED = Verdict(OFF)


def _findings(count: int) -> str:
    return f"{count} finding{'' if count == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
