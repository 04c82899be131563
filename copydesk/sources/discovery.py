"""The input files behind the paths, folders and patterns that a user names."""

from __future__ import annotations

import difflib
import glob
import os
import stat
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from copydesk.sources import kinds
from copydesk.sources.containers import Cut, of_file
from copydesk.sources.rejects import Unusable
from transforms.errors import UsageError

IGNORE_FILE = ".copydeskignore"
"""Holds name patterns, one a line, as for fnmatch: what they match in this folder or below is no input."""


class _Survey(NamedTuple):
    taken: dict[Path, Path]  # by resolved path: each file once
    skipped: set[Path]


def find(inputs: Sequence[str | Path]) -> list[Path]:
    """Give the input files, sorted, each once, however many ways lead to it.

    A folder brings the files in it and below whose name promises a known kind or whose first bytes show one; hidden
    ones and those its .copydeskignore names are no input. A folder that cannot be listed is given itself, so that
    reading it reports it. Raise UsageError for a path that does not exist, a pattern without a match, and a file
    that was named and is nothing that can be read.
    """
    return sorted(_survey(inputs).taken.values(), key=os.fsencode)


def skipped(inputs: Sequence[str | Path]) -> list[Path]:
    """Give what lies in the folders and is no input: other kinds of files, pipes, sockets, dead links."""
    return sorted(_survey(inputs).skipped, key=os.fsencode)


def _survey(inputs: Sequence[str | Path]) -> _Survey:
    survey = _Survey({}, set())
    for given in sorted((os.fspath(given) for given in inputs), key=os.fsencode):
        path = Path(given)
        if _is_folder(path):
            _walk(path, (), set(), survey)
        elif _is_file(path):
            _take_named(path, survey)
        elif os.path.lexists(path):
            raise UsageError(f"{path} is neither a file nor a folder. Name files or folders.")
        else:
            _take_pattern(given, survey)
    return survey


def _take_named(path: Path, survey: _Survey) -> None:
    head = _head(path)
    if not kinds.promised(path.name) and head and not kinds.kind_of(head, path.name):
        raise UsageError(
            f"{path} cannot be read: it is {kinds.described(head)}. Name pages, feeds or archives of them."
        )
    _take(path, survey)


def _take_pattern(pattern: str, survey: _Survey) -> None:
    matches = sorted(glob.glob(pattern, recursive=True), key=os.fsencode)  # noqa: PTH207  absolute ones too
    if not matches:
        raise UsageError(
            f"{pattern} {'matches nothing' if glob.has_magic(pattern) else 'does not exist'}.{_hint(pattern)}"
        )
    for match in map(Path, matches):
        if _is_folder(match):
            _walk(match, _patterns(match.parent), set(), survey)
        else:
            _sort_out(match, _patterns(match.parent), survey)


def _hint(missing: str) -> str:
    folder = Path(missing).parent
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return f" There is no folder {folder} either." if not folder.is_dir() else ""
    near = difflib.get_close_matches(Path(missing).name, names, n=1)
    return f" Did you mean {folder / near[0]}?" if near else f" {folder} holds {len(names)} names."


def _walk(folder: Path, ignored: tuple[str, ...], above: set[tuple[int, int]], survey: _Survey) -> None:
    """Take the files of a folder and those below; a link back to a folder above is skipped."""
    try:
        status = folder.stat()
        entries = sorted(folder.iterdir())
    except OSError:
        survey.taken.setdefault(folder, folder)
        return
    here = (status.st_dev, status.st_ino)
    if here in above:
        survey.skipped.add(folder)
        return
    ignored = (*ignored, *_patterns(folder))
    for entry in entries:
        if _is_folder(entry) and not _is_ignored(entry.name, ignored):
            _walk(entry, ignored, above | {here}, survey)
        else:
            _sort_out(entry, ignored, survey)


def _sort_out(path: Path, ignored: tuple[str, ...], survey: _Survey) -> None:
    if _is_ignored(path.name, ignored):
        return
    if _is_file(path) and _is_input(path):
        _take(path, survey)
    else:
        survey.skipped.add(path)


def _is_input(path: Path) -> bool:
    """Tell by the name, and where that promises nothing, by the first bytes."""
    return bool(kinds.promised(path.name)) or kinds.is_input(path.name, kinds.kind_of(_head(path), path.name))


def _head(path: Path) -> bytes:
    """Give the first bytes without compression; none of a file that cannot be read."""
    try:
        with path.open("rb") as file:
            compression = kinds.compression_of(file.read(4))
        return of_file(path, compression).head()
    except (OSError, Unusable, Cut):
        return b""


def _take(path: Path, survey: _Survey) -> None:
    survey.taken.setdefault(path.resolve(), path)  # the inputs come sorted, so their order changes nothing


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(_mode(path))


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(_mode(path))


def _mode(path: Path) -> int:
    """Give the file mode behind all links; 0 where they lead nowhere or the way is barred."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _is_ignored(name: str, ignored: tuple[str, ...]) -> bool:
    return name.startswith(".") or any(fnmatch(name, pattern) for pattern in ignored)


def _patterns(folder: Path) -> tuple[str, ...]:
    try:
        text = (folder / IGNORE_FILE).read_text("utf-8", "replace")
    except OSError:
        return ()
    return tuple(_listed(text))


def _listed(text: str) -> Iterator[str]:
    for line in text.splitlines():
        pattern = line.partition("#")[0].strip()
        if pattern:
            yield pattern
