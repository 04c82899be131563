"""Many publishes with readers and a random fault each; after every rerun the tables are those of a clean run."""

from __future__ import annotations

import random
from collections import Counter

from tests.faults.invariants import assert_told, tables
from tests.faults.nursery import CALLS, Point
from tests.faults.process import Readers
from tests.faults.world import SECOND, TORN, World, record, written

SEED = 20_260_306
DEEDS = ("kill", "kill", "terminate", "interrupt", "ENOSPC", "EIO")
READERS = 2


def soaked(world: World, publishes: int) -> str:
    """Give what was seen in so many publishes; AssertionError names the one that went wrong."""
    chance = random.Random(SEED)  # noqa: S311
    faulty, clean = world.trial(), world.trial()
    points = world.nursery.points(*world.trial().arguments(), point=Point(0))
    met: Counter[str] = Counter()
    with Readers(faulty.data, READERS) as seen:
        for turn in range(publishes):
            towns = [f"Town{turn}x{number}" for number in range(chance.randrange(1, 4))]
            lines = [record(chance.choice(("harbor", "mirror")), town, turn) for town in towns] + [
                TORN
            ] * chance.randrange(2)
            file = written(world.folder() / "a.jsonl", *lines)
            deed = chance.choice(DEEDS)
            point = Point(
                chance.randrange(1, points + 1), deed, CALLS, is_after=chance.random() < 0.5 and deed == "kill"
            )
            done = world.nursery.copydesk(*faulty.arguments(SECOND, inputs=file), point=point)
            met[deed if done.code else "none"] += 1
            for trial in (faulty, clean):
                done = world.nursery.copydesk(*trial.arguments(SECOND, inputs=file))
                assert_told(done.code, done.err, expected=[0])
            assert tables(faulty.data) == tables(clean.data), f"publish {turn + 1} of seed {SEED}: {point}"
    assert not seen.torn, f"torn reads, seed {SEED}: {seen.torn[:3]}"
    told = ", ".join(f"{deed} {times}" for deed, times in sorted(met.items()))
    return (
        f"Soak, seed {SEED}: {publishes} publishes ({told}); after each rerun the tables were "
        f"those of a data root that "
        f"never failed; {seen.reads} reads of {len(seen.versions)} versions by {READERS} processes, 0 torn."
    )
