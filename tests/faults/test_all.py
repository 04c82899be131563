"""Each row of the list as a test: FAULTS=all pytest -n0 tests/faults/test_all.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.every import in_order
from tests.faults.inject import CannotTry
from tests.faults.registry import LACKING, Fault
from tests.faults.world import World, made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with made(tmp_path_factory.mktemp("faults")) as one:
        yield one


def known(row: Fault) -> object:
    reason = LACKING.get(row.id)
    return pytest.param(row, id=row.id, marks=[pytest.mark.xfail(reason=reason, strict=True)] if reason else [])


@pytest.mark.parametrize("row", map(known, in_order()))
def test_a_fault_ends_as_the_list_says(row: Fault, world: World) -> None:
    try:
        row.prove(world)
    except CannotTry as error:
        pytest.skip(str(error))
