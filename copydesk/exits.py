"""How a command ends: one clear message and an exit code that a scheduler can act on.

0 done; 1 done, but more than tolerated is in quarantine; 2 checks failed, nothing published; 64 wrong usage;
65 input unusable; 70 a bug; 74 cannot write; 75 another run is at work; 77 no permission; 130, 143 stopped.
"""

from __future__ import annotations

import errno
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable

from copydesk.text import printable
from transforms.errors import CopydeskError

BEYOND_TOLERANCE, BUG, CANNOT_WRITE, NO_PERMISSION = 1, 70, 74, 77
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
            return _fail(f"cannot write: {error}; the version before still holds", CANNOT_WRITE)
        return _bug()
    except Exception:  # noqa: BLE001  # the last resort: a bug is reported, never a bare traceback
        return _bug()


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"copydesk: {printable(message)}\n")
    return code


def _bug() -> int:
    """Keep the traceback in a file and say where."""
    with tempfile.NamedTemporaryFile("w", prefix="copydesk-bug-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    last = traceback.format_exc().strip().splitlines()[-1]
    return _fail(f"this is a bug: {last}\nPlease report it with {file.name}.", BUG)


def _stop(number: int, _frame: object) -> None:
    sys.stderr.write("copydesk: stopped; run the same command again to finish\n")
    raise SystemExit(128 + number)
