"""The members of zip and tar archives, read one after the other; none is ever written under its name."""

from __future__ import annotations

import hashlib
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

from copydesk.sources.containers import Content, Reader, expands, of_bytes
from copydesk.sources.limits import MIB, Limits
from copydesk.sources.records import Item
from copydesk.sources.rejects import Bad, Raw, Unusable, raw

_DAMAGED = "damaged archive: {why}. Deliver it again."
_TRUNCATED = "truncated archive: it stops inside a member, or before its end mark. What came before was taken."
_UNSAFE = "unsafe name: a member called {name} could leave the folder it is unpacked in. Nobody packs pages so."
_STRANGE = "no file: the member is a link, a device or the like. Pack the file itself."

_BLOCK = 512  # bytes of a tar header, and what contents are filled up to
# Longest extended header of a tar archive: a name, a few times and owners.
_EXTENDED_BYTES = MIB

# Extended headers and long names in tar, which describe the next member.
_PAX, _LONG_NAME = (b"x", b"g", b"X"), (b"L", b"K")

# The end record of a zip and the place in it of the directory's size and offset.
_END, _END_BYTES, _LONGEST_COMMENT = b"PK\5\6", 22, 65_535
_END64, _END64_BYTES = b"PK\6\6", 56

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others claim memory, or are read by few programs
_ENCRYPTED = 0x1

_NOTHING = Raw(0, 0, hashlib.sha256().hexdigest(), b"")  # of a member that is not read


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    content: Content
    size: int

    def raw(self, limits: Limits) -> Raw:
        """Give it whole as a record for quarantine."""
        digest, kept = hashlib.sha256(), b""
        for block in self.content.blocks():
            digest.update(block)
            kept += block[: limits.kept_bytes - len(kept)]
        return Raw(0, self.size, digest.hexdigest(), kept)


def zipped(content: Content, limits: Limits) -> Iterator[Member | Item]:
    """Give the members in the order of the directory; Unusable where that cannot be read.

    The directory stands at the end: of a zip that is cut nothing can be had. Hidden members are left out, as hidden
    files of a folder are.
    """
    with content.seekable() as file:
        _check_directory(file, limits)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
            raise Unusable(_DAMAGED.format(why=str(error) or "its directory cannot be read")) from error
        total, most = 0, max(limits.ratio_from_bytes, limits.ratio * file.seek(0, 2))
        for info in archive.infolist():
            if info.is_dir():
                continue
            if problem := _problem(info.filename) or _zip_problem(info, limits):
                yield Bad(problem, _NOTHING, _shown(info.filename))
            elif not _is_hidden(info.filename):
                total += info.file_size  # members may share their bytes
                if total > most:
                    raise Unusable(expands(most // limits.ratio, total, limits))
                yield _zip_member(archive, info, limits)


def _check_directory(file: BinaryIO, limits: Limits) -> None:
    """Raise Unusable for a directory that would not fit into memory: zipfile holds it whole."""
    size = file.seek(0, 2)
    file.seek(max(size - _END_BYTES - _LONGEST_COMMENT - _END64_BYTES, 0))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0:
        raise Unusable(_DAMAGED.format(why="its directory at the end is missing, so it was probably cut"))
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    if (at64 := tail.rfind(_END64, 0, at)) >= 0:
        listed = int.from_bytes(tail[at64 + 40 : at64 + 48], "little")
    if listed > limits.directory_bytes:
        raise Unusable(
            f"too many members: a directory of {listed} bytes where {limits.directory_bytes} are allowed. Split it."
        )


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> Member | Item:
    name = _shown(info.filename)

    def blocks() -> Iterator[bytes]:
        try:
            with archive.open(info) as file:
                while block := file.read(MIB):
                    yield block
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError) as error:
            raise Unusable(_DAMAGED.format(why=f"this member cannot be read ({error})")) from error

    try:
        if info.file_size <= limits.record_bytes:
            return Member(of_bytes(name, b"".join(blocks())), info.file_size)
        for _ in blocks():  # to its end: only there its checksum is compared
            pass
    except Unusable as error:
        return Bad(str(error), _NOTHING, name)
    return Member(Content(name, blocks), info.file_size)


def _zip_problem(info: zipfile.ZipInfo, limits: Limits) -> str:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return _STRANGE
    if info.flag_bits & _ENCRYPTED:
        return "encrypted: the member needs a password. Pack it without one."
    if info.compress_type not in _METHODS:
        return f"compression method {info.compress_type} is not read. Pack it with deflate."
    if info.file_size > max(limits.ratio_from_bytes, limits.ratio * info.compress_size):
        return expands(info.compress_size, info.file_size, limits)
    return ""


def tarred(content: Content, limits: Limits) -> Iterator[Member | Item]:
    """Give the members in order; Unusable at the place from which on the archive cannot be read."""
    reader = Reader(content.blocks())
    longer: dict[str, str] = {}
    is_ended = False
    while header := reader.read(_BLOCK):
        if not header.strip(b"\0"):
            is_ended = True
            continue
        info = _tar_header(header)
        size = int(longer["size"]) if longer.get("size", "").isdecimal() else info.size
        if info.type in (*_PAX, *_LONG_NAME):
            longer |= _extended(info.type, _exactly(reader, size, _EXTENDED_BYTES))
            continue
        name, longer = longer.get("path", info.name), {}
        with ExitStack() as held:
            is_file = info.isreg() and not info.issparse()
            yield from _tar_member(reader, name, size if is_file else 0, info, held, limits)
        if not is_file and info.type not in tarfile.SUPPORTED_TYPES:
            _skip(reader, size)
    if not is_ended:
        raise Unusable(_TRUNCATED)


def _tar_header(header: bytes) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        why = _TRUNCATED if len(header) < _BLOCK else _DAMAGED.format(why=f"{error}; what came before was taken")
        raise Unusable(why) from error
    if info.size < 0:
        raise Unusable(_DAMAGED.format(why="a member of negative size; what came before was taken"))
    return info


def _extended(kind: bytes, data: bytes) -> dict[str, str]:
    """Give what an extended header says about the next member: its long name, its size."""
    if kind == b"L":
        return {"path": data.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    if kind not in {b"x", b"X"}:
        return {}
    pairs = re.findall(rb"\d+ (path|size|GNU\.sparse\.\w+)=([^\n]*)\n", data)
    return {key.decode(): value.decode("utf-8", "surrogateescape") for key, value in pairs}


def _tar_member(
    reader: Reader, name: str, size: int, info: tarfile.TarInfo, held: ExitStack, limits: Limits
) -> Iterator[Member | Item]:
    shown = _shown(name)
    if size <= limits.record_bytes:
        data = _exactly(reader, size, limits.record_bytes)
        member = Member(of_bytes(shown, data), size)
        kept = raw(0, data, limits)
    else:
        member = Member(Content(shown, _spooled(reader, size, held)), size)
        kept = _NOTHING._replace(size=size)
    if info.isdir():
        return
    if problem := _problem(name) or ("" if info.isreg() and not info.issparse() else _STRANGE):
        yield Bad(problem, kept, shown)
    elif not _is_hidden(name):
        yield member


def _exactly(reader: Reader, size: int, most: int) -> bytes:
    """Give the contents of a member, and read on to where the next header begins."""
    if size > most:
        raise Unusable(_DAMAGED.format(why=f"an extended header of {size} bytes; what came before was taken"))
    data = reader.read(size + -size % _BLOCK)
    if len(data) < size:
        raise Unusable(_TRUNCATED)
    return data[:size]


def _spooled(reader: Reader, size: int, held: ExitStack) -> Callable[[], Iterator[bytes]]:
    """Copy the contents of a large member to a nameless file, since they are read more than once."""
    file = held.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  closed with the member
    missing = size
    while missing:
        block = reader.read(min(missing, MIB))
        if not block:
            raise Unusable(_TRUNCATED)
        file.write(block)
        missing -= len(block)
    _skip(reader, -size % _BLOCK)

    def blocks() -> Iterator[bytes]:
        file.seek(0)
        while block := file.read(MIB):
            yield block

    return blocks


def _skip(reader: Reader, size: int) -> None:
    while size and (block := reader.read(min(size, MIB))):
        size -= len(block)


def _problem(name: str) -> str:
    """Say what is wrong with a member's name, or nothing."""
    parts = re.split(r"[/\\]", name)
    if parts[0] == "" or ".." in parts or re.match(r"[A-Za-z]:", name) or "\0" in name:
        return _UNSAFE.format(name=ascii(name[:100]))
    return ""


def _is_hidden(name: str) -> bool:
    parts = [part for part in name.split("/") if part != "."]
    return any(part.startswith(".") for part in parts) or "__MACOSX" in parts


def _shown(name: str) -> str:
    r"""Give a member's name for the tables; bytes that are no UTF-8 are shown as \xNN."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")[:1_000]
