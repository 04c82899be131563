"""A flow on a machine without a Prefect server: with a server of its own while it runs, or without Prefect."""

from __future__ import annotations

import gc
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.context import refresh_global_settings_context
from prefect.events.worker import EventsWorker
from prefect.logging.configuration import setup_logging
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings

from copydesk.exits import BEYOND_TOLERANCE, guarded
from copydesk.report import Report, first_query
from copydesk.settings import Settings
from transforms.errors import CopydeskError

START_SECONDS = 240.0  # a first start takes 10 s on an idle machine; 91 s were seen on a busy one
ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "copydesk",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}


def run(
    flow: Callable[..., Report],
    direct: Callable[..., Report],
    *,
    settings: Settings,
    parameters: Mapping[str, Any],
) -> int:
    """Print the report of `flow`, or of `direct` where no server answers; give the exit code."""
    settle(settings.data.resolve() / ".prefect")

    def work() -> int:
        with serving() as trouble:
            if trouble:
                sys.stderr.write(f"copydesk: running without Prefect, no artifacts and no retries: {trouble}\n")
            gc.collect()
            gc.freeze()  # a later pass over all of Prefect takes 0.1 s, and Python loses a signal that ends in it
            try:
                report = (direct if trouble else flow)(**parameters)
            finally:
                gc.unfreeze()
        sys.stdout.write(f"{report.to_text()}\n\n{first_query(report)}\n")
        return BEYOND_TOLERANCE if report.is_beyond(settings.tolerance) else 0

    return guarded(work)


def settle(home: Path) -> None:
    """Tell Prefect what suits a run on its own: what the environment says stays, and with it a server's key."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if not {"PREFECT_API_URL", "PREFECT_HOME"} & set(os.environ):
        home.mkdir(parents=True, exist_ok=True)
        os.environ["PREFECT_HOME"] = str(home)
    refresh_global_settings_context()
    setup_logging(incremental=False)
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(is_news)


def is_news(record: logging.LogRecord) -> bool:
    """Tell whether to log: no traceback of an error of ours, which is printed at the end, no link to our server."""
    is_ours = record.exc_info is not None and isinstance(record.exc_info[1], CopydeskError)
    return not is_ours and not record.getMessage().startswith("View at ")


@contextmanager
def serving() -> Iterator[str]:
    """Have a server: that of PREFECT_API_URL, else one of our own; give why there is none, or ""."""
    if get_current_settings().api.url:
        yield unreachable()
        return
    log_file = get_current_settings().home / "server.log"
    with own_server(log_file) as (process, url), temporary_settings({PREFECT_API_URL: url}):
        deadline = time.monotonic() + START_SECONDS
        while (trouble := unreachable()) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        try:
            yield f"{trouble}; see {log_file}" if trouble else ""
        finally:
            for worker in (APILogWorker, EventsWorker):  # they would try for a minute once the server is gone
                worker.drain_all(timeout=5)


@contextmanager
def own_server(log_file: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a server that ends with the block or with this process; give it and the URL of its API.

    Prefect's own temporary server outlives a kill, and is started again and again if it cannot start.
    """
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-ui", "--no-scheduler", "--no-late-runs"]
    command = [sys.executable, "-m", "prefect", "server", "start", *options]
    with (
        log_file.open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True) as process,  # noqa: S603
        ended_with_us(process.pid),
    ):
        try:
            yield process, f"http://127.0.0.1:{port}/api"
        finally:
            process.terminate()
            process.wait()


@contextmanager
def ended_with_us(pid: int) -> Iterator[None]:
    """Have a shell end process `pid` as soon as this process is gone, however it went: even by SIGKILL."""
    command = ["/bin/sh", "-c", f"read -r _; kill {pid}"]
    null = subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=null, stderr=null, start_new_session=True
    ) as watcher:
        try:
            yield
        finally:
            watcher.kill()


def unreachable() -> str:
    """Give why the server at PREFECT_API_URL cannot be used, or ""."""
    with get_client(sync_client=True) as client:
        try:
            client.raise_for_api_version_mismatch()
        except RuntimeError as error:
            return str(error)
    return ""


def free_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
