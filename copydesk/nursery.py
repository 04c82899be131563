"""A process that has loaded what its children need and forks them, so that one alone pays for the start.

It is a program of its own and no fork of the caller: it has one thread (but for those of allocators and BLAS, which
see to forks themselves) and no open file but a socket, so nothing in it breaks by a fork; it knows no Prefect. A
child begins with the environment and the folder of the caller at that moment. The nursery ends with the caller,
however that ends; a child lives on until its work is done, and ends where it would wait for more.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any

_SIZE = struct.Struct("!q")  # before each order; each answer is one such number
_FILES = 3  # standard input, output and error
_LIVES, _IS_GONE = 256, 257  # in place of an exit code
_LOOK_SECONDS = 0.005  # between two looks at a child that is about to end


class NurseryDied(Exception):  # noqa: N818  # it is an event, not a fault of ours
    """The nursery ended without an answer; the next child starts a new one."""


class Nursery:
    """Starts with its first child, and again after a death; may be used from several threads."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command  # a program that calls `serve` with the number of its last argument
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._lock = threading.Lock()
        self._is_over = False

    def born(self, order: object, files: Sequence[int]) -> int:
        """Give the process id of a new child, whose streams are those files; `order` says what it is to be."""
        told = {"order": order, "environment": dict(os.environ), "folder": os.getcwd()}  # noqa: PTH109
        with self._lock:
            return self._ask(told, files)

    def ended(self, pid: int) -> int | None:
        """Give the exit code of a child, negative for a signal; None while it lives. A code is given once."""
        with self._lock:
            code = self._ask({"ended": pid}) if self._process else _IS_GONE
        if code == _IS_GONE:
            raise NurseryDied
        return None if code == _LIVES else code

    def end(self) -> None:
        """End it at once and for good; no child is born any more."""
        self._is_over = True
        self._bury()

    def _bury(self) -> None:
        process, channel = self._process, self._channel
        self._process = self._channel = None
        if process is not None and channel is not None:
            process.kill()
            process.wait()
            channel.close()

    def _ask(self, told: object, files: Sequence[int] = ()) -> int:
        if self._is_over:
            raise NurseryDied
        channel = self._channel or self._start()
        text = json.dumps(told).encode()
        try:
            socket.send_fds(channel, [_SIZE.pack(len(text))], files)
            channel.sendall(text)
            answer = channel.recv(_SIZE.size, socket.MSG_WAITALL)
        except OSError:
            answer = b""
        if len(answer) < _SIZE.size:
            self._bury()
            raise NurseryDied
        return int(_SIZE.unpack(answer)[0])

    def _start(self) -> socket.socket:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                [*self._command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the caller, who then ends what it started
            )
        return self._channel


class Process:
    """One child of a nursery, whose streams are those files."""

    def __init__(self, nursery: Nursery, order: object, files: Sequence[int]) -> None:
        self._nursery = nursery
        self._lock = threading.Lock()  # the pid of a child that was waited for may be another's
        self._has_ended = False
        self.pid = nursery.born(order, files)

    def kill(self) -> None:
        """End it at once."""
        with self._lock:
            if not self._has_ended:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Give its exit code when it has ended."""
        while (code := self._ended()) is None:
            time.sleep(_LOOK_SECONDS)
        return code

    def _ended(self) -> int | None:
        with self._lock:
            code = self._nursery.ended(self.pid)
            self._has_ended = code is not None
            return code


class Talker(Process):
    """One with a pipe to its input and one from its output."""

    def __init__(self, nursery: Nursery, order: object) -> None:
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self.stdin: IO[str] = os.fdopen(ours_in, "w", encoding="utf-8")
        self.stdout: IO[str] = os.fdopen(ours_out, encoding="utf-8")
        try:
            super().__init__(nursery, order, [theirs_in, theirs_out, 2])
        except NurseryDied:
            self._close()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def wait(self) -> int:
        """Give its exit code when it has ended, as it does when it has read all its input."""
        self._close()
        return super().wait()

    def _close(self) -> None:
        with suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()


def serve(prepare: Callable[[Any], None], live: Callable[[Any], None]) -> None:
    """Fork a child for each order on the socket that the last argument names, and wait for those that are named.

    `prepare` loads what the order needs and may leave that to the child; the child becomes `live` of the order.
    """
    with socket.socket(fileno=int(sys.argv[-1])) as channel:
        while True:
            size, files, _, _ = socket.recv_fds(channel, _SIZE.size, _FILES)
            if not size:
                return
            told = json.loads(channel.recv(_SIZE.unpack(size)[0], socket.MSG_WAITALL))
            if "ended" in told:
                answer = _ended(told["ended"])
            else:
                prepare(told["order"])
                gc.collect()
                gc.freeze()  # a collection in a child would copy every page of memory that it shares
                answer = os.fork()
                if not answer:
                    channel.close()
                    _be_born(told, files, live)
                for file in files:
                    os.close(file)
            channel.sendall(_SIZE.pack(answer))


def _ended(pid: int) -> int:
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # of a nursery before this one
        return _IS_GONE
    return os.waitstatus_to_exitcode(status) if found else _LIVES


def _be_born(told: dict[str, Any], files: Sequence[int], live: Callable[[Any], None]) -> None:
    """Live in a new child, and end with it: nothing may come back into the loop of the nursery."""
    code = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
        for file in files:
            os.close(file)
        os.environ.clear()
        os.environ.update(told["environment"])
        os.chdir(told["folder"])
        live(told["order"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # told as Python tells it
        sys.excepthook(*sys.exc_info())
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001  # os._exit leaves them out
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code)
