"""A sample of the faults in every run of the suite: twelve points of each counting loop, no strace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.every import in_order
from tests.faults.inject import CannotTry
from tests.faults.registry import FAULTS, LACKING, Fault
from tests.faults.world import World, made

POINTS = 12
ROWS = [f"{letter}{number}" for letter, last in (("A", 20), ("B", 14), ("C", 20)) for number in range(1, last + 1)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with made(tmp_path_factory.mktemp("faults"), sample=POINTS) as one:
        yield one


def known(row: Fault) -> object:
    reason = LACKING.get(row.id)
    return pytest.param(row, id=row.id, marks=[pytest.mark.xfail(reason=reason, strict=True)] if reason else [])


@pytest.mark.parametrize("row", [known(row) for row in in_order() if row.is_quick])
def test_a_fault_ends_as_the_list_says(row: Fault, world: World) -> None:
    try:
        row.prove(world)
    except CannotTry as error:
        pytest.skip(str(error))


def test_every_row_of_the_list_has_its_proof() -> None:
    assert [row.id for row in in_order()] == ROWS
    assert set(LACKING) <= set(FAULTS)
