"""How a command ends: one clear message and an exit code that a scheduler can act on.

0 done; 1 done, but more than tolerated is in quarantine; 2 checks failed or the gate is red, nothing published;
64 wrong usage; 65 input unusable; 70 a bug; 74 cannot write, or out of memory; 75 another run is at work;
77 no permission; 130, 143 stopped.
"""

from __future__ import annotations

import errno
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from copydesk.shortage import REMEDY, first_line, is_shortage
from copydesk.text import printable
from transforms.errors import CopydeskError

BEYOND_TOLERANCE, VERIFICATION, BUG, CANNOT_WRITE, NO_PERMISSION = 1, 2, 70, 74, 77
WEAK_REFERENCES = frozenset({"weakref.py", "_weakrefset.py"})
RETRY_SECONDS = 0.05
STORAGE_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


def guarded(work: Callable[[], int]) -> int:
    """Give the exit code of `work`, or of the failure that ended it, with its message on standard error.

    SIGINT and SIGTERM end the process in order: blocks are left, children ended, locks freed.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        return work()
    except CopydeskError as error:
        return _fail(str(error), error.exit_code)
    except PermissionError as error:
        return _fail(f"no permission: {error}", NO_PERMISSION)
    except OSError as error:
        if error.errno in STORAGE_FAULTS:
            return _fail(f"cannot write: {error}; what is published is whole, run again to finish", CANNOT_WRITE)
        return _unexpected(error)
    except Exception as error:  # noqa: BLE001  # the last resort: a bug is reported, never a bare traceback
        return _unexpected(error)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"copydesk: {printable(message)}\n")
    return code


def _unexpected(error: Exception) -> int:
    """Say that memory ran out, anywhere; else keep the traceback in a file and say where."""
    if is_shortage(error):
        return _fail(f"out of memory ({first_line(error)}); {REMEDY}", CANNOT_WRITE)
    with tempfile.NamedTemporaryFile("w", prefix="copydesk-bug-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    last = traceback.format_exc().strip().splitlines()[-1]
    return _fail(f"this is a bug: {last}\nPlease report it with {file.name}.", BUG)


def _stop(number: int, frame: FrameType | None) -> None:
    """End the process in order; a moment later where Python would swallow the exception."""
    if _is_deaf(frame):
        signal.signal(signal.SIGALRM, lambda _alarm, later: _stop(number, later))
        signal.setitimer(signal.ITIMER_REAL, RETRY_SECONDS)
        return
    sys.stderr.write("copydesk: stopped; run the same command again to finish\n")
    raise SystemExit(128 + number)


def _is_deaf(frame: FrameType | None) -> bool:
    """Tell whether a finaliser or a callback of a weak reference is at work: exceptions in them go nowhere."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or Path(frame.f_code.co_filename).name in WEAK_REFERENCES:
            return True
        frame = frame.f_back
    return False
