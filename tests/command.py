"""The command line as anybody runs it, forked from a process that has loaded everything.

A start takes one to three CPU seconds, of which a run of the suite would pay a hundred. What only a cold start can
show is shown by `started`.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from copydesk.nursery import Nursery, Process, serve

LOADED = ("copydesk.cli", "copydesk.edition", "copydesk.inspect", "copydesk.learn", "copydesk.rule_test", "duckdb")
SECONDS = 120
TERMINAL = ("COLUMNS", "FORCE_COLOR", "NO_COLOR")  # as whoever runs the tests sees them, is not what is tested

Done = subprocess.CompletedProcess[bytes]
_nursery = Nursery([sys.executable, "-P", __file__])


def copydesk(*arguments: object, stdin: bytes = b"", cwd: Path | None = None, **settings: str) -> Done:
    """Give how a command line ended that a warm process became."""
    line = list(map(str, arguments))
    order = {"arguments": line, "folder": str(cwd or Path.cwd()), "settings": settings}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        child = Process(_nursery, order, [given.fileno(), out.fileno(), err.fileno()])
        alarm = threading.Timer(SECONDS, child.kill)
        alarm.start()
        try:
            code = child.wait()
        finally:
            alarm.cancel()
        out.seek(0)
        err.seek(0)
        return Done(line, code, out.read(), err.read())


def started(*arguments: object, stdin: bytes = b"", cwd: Path | None = None, **settings: str) -> Done:
    """Give how a command line ended that was a process of its own from the start."""
    command = [sys.executable, "-m", "copydesk.cli", *map(str, arguments)]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
        cwd=cwd,
        env=os.environ | settings,
        check=False,
    )


def end() -> None:
    """End the process that command lines are forked from."""
    _nursery.end()


def _live(order: dict[str, object]) -> None:
    """Become the command line."""
    os.chdir(str(order["folder"]))
    settings, arguments = order["settings"], order["arguments"]
    assert isinstance(settings, dict)
    assert isinstance(arguments, Sequence)
    for name in TERMINAL:
        os.environ.pop(name, None)
    os.environ.update(settings)
    sys.argv = ["copydesk", *arguments]
    importlib.import_module("copydesk.cli").main()


def _load() -> None:
    """Load what the command lines need."""
    for name in LOADED:
        importlib.import_module(name)
    from copydesk import shard
    from transforms import rule_files

    rule_files.load()
    shard._warm_up("best")


if __name__ == "__main__":
    _load()
    serve(lambda _: None, _live)
