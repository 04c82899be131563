"""Every number that decides about stories, by the question it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from transforms.fold.candidates import Reach
from transforms.fold.stories import Chain
from transforms.fold.verdicts import Bounds, Relations


@dataclass(frozen=True)
class Thresholds:
    """Who is compared, what is one story, how two texts relate, how far a story reaches."""

    reach: Reach = field(default_factory=Reach)
    bounds: Bounds = field(default_factory=Bounds)
    relations: Relations = field(default_factory=Relations)
    chain: Chain = field(default_factory=Chain)
