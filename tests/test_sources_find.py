"""Paths, folders and patterns to input files."""

from __future__ import annotations

import gzip
import os
import socket
from pathlib import Path

import pytest

from copydesk.sources import find, skipped
from transforms.errors import UsageError


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("in/b.jsonl", "in/a.TXT", "in/deep/c.csv.gz", "in/.hidden.txt", "in/.git/d.txt", "in/notes.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("%PDF-1.7" if name.endswith(".pdf") else "x")
    return Path("in")


def test_a_folder_brings_its_files_of_known_formats(inbox: Path) -> None:
    assert find([inbox]) == [inbox / "a.TXT", inbox / "b.jsonl", inbox / "deep/c.csv.gz"]
    assert skipped([inbox]) == [inbox / "notes.pdf"]


def test_files_folders_and_patterns_bring_each_file_once(inbox: Path) -> None:
    ways: list[str | Path] = ["in/*.jsonl", inbox, "in/b.jsonl", "./in/deep/../b.jsonl", Path("in/**/*.gz")]
    expected = [inbox / "a.TXT", inbox / "b.jsonl", inbox / "deep/c.csv.gz"]
    assert [path.resolve() for path in find(ways)] == [path.resolve() for path in expected]
    assert find(ways) == find(ways[::-1])


def test_a_pattern_takes_folders_and_leaves_unknown_formats(inbox: Path) -> None:
    assert find(["in/*"]) == find([inbox])
    assert skipped(["in/*"]) == [inbox / "notes.pdf"]


def test_a_folder_brings_what_its_first_bytes_show(inbox: Path) -> None:
    contents = {
        "story": b"<!doctype html><p>x",
        "page.php?id=3": b"<html><p>x",
        "crawl.bak": gzip.compress(b"WARC/1.0\r\n"),
        "export.dat": b"title,text\na,b\n",
        "update.xml": b'<?xml version="1.0"?><rss></rss>',
        "sitemap.xml": b'<?xml version="1.0"?><urlset></urlset>',
        "README": b"Plain words",
        "style.css": b"p { color: red }",
        "torn.gz": b"\x1f\x8b\x08garbage",
        "nothing": b"",
        "empty.txt": b"",
    }
    for name, data in contents.items():
        (inbox / name).write_bytes(data)
    names = ["a.TXT", "b.jsonl", "crawl.bak", "deep/c.csv.gz", "empty.txt", "export.dat", "page.php?id=3", "story"]
    assert find([inbox]) == [inbox / name for name in [*names, "update.xml"]]
    names = ["README", "notes.pdf", "nothing", "sitemap.xml", "style.css", "torn.gz"]
    assert skipped([inbox]) == [inbox / name for name in names]
    assert find(["in/README", "in/nothing", "in/torn.gz"]) == [
        inbox / name for name in ("README", "nothing", "torn.gz")
    ]


def test_an_ignore_file_names_what_is_no_input(inbox: Path) -> None:
    (inbox / ".copydeskignore").write_text("# answers\nb.*\n\nc*.gz # below, too\n")
    assert find([inbox]) == [inbox / "a.TXT"]
    assert find(["in/*"]) == [inbox / "a.TXT"]
    assert skipped([inbox]) == [inbox / "notes.pdf"]
    assert find(["in/b.jsonl"]) == [inbox / "b.jsonl"]


def test_an_ignore_file_may_name_a_folder(inbox: Path) -> None:
    (inbox / ".copydeskignore").write_text("deep\n")
    assert find([inbox]) == [inbox / "a.TXT", inbox / "b.jsonl"]


def test_pipes_sockets_and_dead_links_are_skipped(inbox: Path) -> None:
    os.mkfifo(inbox / "pipe.txt")
    (inbox / "dead.txt").symlink_to("nowhere")
    (inbox / "self.txt").symlink_to("self.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("in/socket.txt")
        assert len(find([inbox])) == 3
        names = ["dead.txt", "notes.pdf", "pipe.txt", "self.txt", "socket.txt"]
        assert skipped([inbox]) == [inbox / name for name in names]


def test_links_are_followed_but_not_in_circles(inbox: Path) -> None:
    (inbox / "loop").symlink_to(".")
    (inbox / "deep/up").symlink_to("..")
    Path("elsewhere").mkdir()
    Path("elsewhere/e.txt").write_text("x")
    (inbox / "more").symlink_to("../elsewhere")
    expected = [inbox / "a.TXT", inbox / "b.jsonl", inbox / "deep/c.csv.gz", inbox / "more/e.txt"]
    assert find([inbox]) == expected
    assert skipped([inbox]) == [inbox / "deep/up", inbox / "loop", inbox / "notes.pdf"]


def test_a_folder_that_cannot_be_listed_is_given_itself(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Path.iterdir

    def listed(path: Path) -> object:
        if path == inbox / "deep":
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(Path, "iterdir", listed)
    assert find([inbox]) == [inbox / "a.TXT", inbox / "b.jsonl", inbox / "deep"]


def test_a_name_that_is_no_utf8_is_found(inbox: Path) -> None:
    strange = os.fsdecode(b"in/\xff\n;.txt")
    Path(strange).write_text("x")
    assert find([inbox])[-1] == Path(strange)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("in/b.json", "in/b.json does not exist. Did you mean in/b.jsonl?"),
        ("in/zzzzzz", "in/zzzzzz does not exist. in holds 6 names."),
        ("out/b.jsonl", "out/b.jsonl does not exist. There is no folder out either."),
        ("in/*.parquet", "in/*.parquet matches nothing. in holds 6 names."),
        (
            "in/notes.pdf",
            "in/notes.pdf cannot be read: it is a PDF document. Name pages, feeds or archives of them.",
        ),
        ("/dev/null", "/dev/null is neither a file nor a folder. Name files or folders."),
    ],
)
@pytest.mark.usefixtures("inbox")
def test_a_path_that_cannot_be_right_says_what_to_do(given: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        find([given])
    assert str(error.value) == message
