"""A real Prefect server on this machine: its address, its environment, and the end of all it started."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
START_SECONDS = 240  # 10 on an idle machine
QUICK = {  # Prefect's loops, in seconds
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
}


@dataclass(frozen=True)
class Prefect:
    """A place of its own for Prefect, and the server there."""

    home: Path
    url: str

    @property
    def environment(self) -> Mapping[str, str]:
        ours = {
            **QUICK,
            "DO_NOT_TRACK": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PREFECT_API_URL": self.url,
            "PREFECT_HOME": str(self.home),
        }
        return {**os.environ, **ours}

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command that talks to the server; `more` is added to its environment."""
        environment = {**self.environment, **more}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    def ask(self, path: str, **body: Any) -> Any:
        """Give what the server's API answers."""
        return httpx.post(f"{self.url}/{path}", json=body, timeout=60).raise_for_status().json()

    def is_healthy(self) -> bool:
        """Tell whether the server answers."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health").is_success
        return False

    def start(self, *command: str, log: str, cwd: Path = ROOT) -> "subprocess.Popen[bytes]":
        """Start a command whose end is ours to see to; what it writes goes to a log."""
        with (self.home / log).open("wb") as file:
            return subprocess.Popen(command, cwd=cwd, env=self.environment, stdout=file, stderr=file)


@contextmanager
def serving(home: Path) -> Iterator[Prefect]:
    """Have a server that keeps everything in a folder of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Prefect(home, f"http://127.0.0.1:{port}/api")
    process = server.start("prefect", "server", "start", "--no-ui", "--port", str(port), log="server.log")
    try:
        wait_for(lambda: server.is_healthy() or process.poll() is not None, START_SECONDS)
        if not server.is_healthy():
            pytest.fail((home / "server.log").read_text())
        yield server
    finally:
        end_all_with(server.home)
        process.wait()


def wait_for(event: Callable[[], T], seconds: float) -> T:
    """Give what happened as soon as it did, or what there is when the time is up."""
    deadline = time.monotonic() + seconds
    while not (happened := event()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return happened


def end_all_with(folder: Path) -> None:
    """Kill every process that was started with a folder of ours in its environment."""
    for pid in processes_with(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def processes_with(folder: Path) -> list[int]:
    """Give the processes, this one aside, that have a folder in their environment."""
    pids = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if path.name != str(os.getpid()) and os.fsencode(folder) in (path / "environ").read_bytes():
                pids.append(int(path.name))
    return pids
