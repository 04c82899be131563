"""One Prefect server for all tests that need a real one."""

from collections.abc import Iterator

import pytest

from tests.prefect_server import Prefect, serving


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    with serving(tmp_path_factory.mktemp("prefect")) as server:
        yield server
