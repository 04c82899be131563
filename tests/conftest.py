"""What all tests share: one Prefect server, and one nursery each of workers and of command lines."""

from collections.abc import Iterator

import pytest

from copydesk import workers
from tests import command
from tests.prefect_server import Prefect, serving


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    with serving(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def nurseries() -> Iterator[None]:
    with workers.kept():
        yield
    command.end()
