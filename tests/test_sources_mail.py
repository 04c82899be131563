"""Mails and pages saved as one file."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk import sources
from copydesk.sources import Limits
from tests.gathered import EDITION, filled, gather, written

AT = datetime(2026, 3, 2, 5, 6, 7, tzinfo=UTC)
DATE = "Mon, 02 Mar 2026 06:06:07 +0100"

SAVED = b"""From: <Saved by a browser>\r
Snapshot-Content-Location: https://www.harbor.example/ferry?x=1#top\r
Subject: =?utf-8?Q?F=C3=A4hre_f=C3=A4hrt?=\r
Date: Mon, 02 Mar 2026 06:06:07 +0100\r
MIME-Version: 1.0\r
Content-Type: multipart/related;\r
\ttype="text/html";\r
\tboundary="----part----"\r
\r
\r
------part----\r
Content-Type: text/html\r
Content-ID: <frame-1@mhtml.blink>\r
Content-Transfer-Encoding: quoted-printable\r
Content-Location: https://www.harbor.example/ferry?x=1#top\r
\r
<!DOCTYPE html><html><head><meta charset=3D"utf-8"></head><body><p>Die F=C3=A4=\r
hre f=C3=A4hrt.</p></body></html>\r
------part----\r
Content-Type: text/html\r
Content-Location: https://ads.example/frame\r
\r
<p>A frame</p>\r
------part----\r
Content-Type: image/png\r
Content-Transfer-Encoding: base64\r
Content-Location: https://www.harbor.example/logo.png\r
\r
iVBORw0KGgo=\r
\r
------part------\r
"""


def newsletter(*, html: str | None = None, charset: str = "utf-8") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Harbor Ledger <news@harbor.example>"
    message["To"] = "reader@desk.example"
    message["Subject"] = "Die Fähre\tfährt"
    message["Date"] = DATE
    message["Content-Language"] = "de"
    message["Message-ID"] = "<1@harbor.example>"
    message.set_content("Die Fähre fährt.\n", charset=charset)
    if html:
        message.add_alternative(html, subtype="html", charset=charset)
    return message


@pytest.mark.parametrize("name", ["page.mhtml", "page.MHT", "page", "page.txt", "page.html"])
def test_a_saved_page_is_its_first_html_part(tmp_path: Path, name: str) -> None:
    got = gather(written(tmp_path / name, SAVED))
    assert [(row["body"], filled(row)) for row in got.pages] == [
        (
            '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><p>Die Fähre fährt.</p></body></html>',
            {
                "site": "harbor.example",
                "url": "https://www.harbor.example/ferry?x=1",
                "fetched_at": AT,
                "media_type": "text/html",
                "title": "Fähre fährt",
            },
        )
    ]
    assert (got.bad, got.passed) == ([], {})


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_a_newsletter_is_its_html_or_its_text(tmp_path: Path, charset: str) -> None:
    meta = {"fetched_at": AT, "title": "Die Fähre fährt", "published": DATE, "language": "de"}
    message = newsletter(html="<p>Die Fähre fährt.</p>", charset=charset)
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="../../a.pdf")
    message.add_attachment("<p>Not this</p>", subtype="html", filename="b.html")
    plain = newsletter()
    plain["Content-Language"] = message["Content-Language"] = "de"
    got = gather(written(tmp_path / "a.eml", message.as_bytes()), written(tmp_path / "b.eml", plain.as_bytes()))
    assert [(row["body"].strip(), filled(row)) for row in got.pages] == [
        ("<p>Die Fähre fährt.</p>", {**meta, "media_type": "text/html"}),
        ("Die Fähre fährt.", {**meta, "media_type": "text/plain"}),
    ]
    assert (got.bad, got.passed) == ([], {f"{tmp_path}/a.eml: attachment of a mail": 2})


def test_a_mail_is_read_alone_as_from_its_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mhtml", SAVED)
    (batch,) = sources.read([path], edition=EDITION)
    assert sources.read_one(SAVED, name=str(path), edition=EDITION) == batch.pages


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SAVED.replace(b"text/html", b"text/css"), "empty"),
        (b"MIME-Version: 1.0\r\nSubject: x\r\n\r\n", "empty"),
        (b"MIME-Version: 1.0\r\n" + b"X-Long: y\r\n" * 9_000 + b"\r\nText", "torn mail"),
        (SAVED + b"boundary=" * 1_001, "too many parts"),
        (
            b"MIME-Version: 1.0\r\nSubject: x\r\nContent-Type: text/plain\r\n\r\n" + b"word " * 300,
            "record too long",
        ),
    ],
)
def test_a_mail_without_a_text_is_a_bad_record(tmp_path: Path, data: bytes, reason: str) -> None:
    limits = Limits(record_bytes=1_000) if reason == "record too long" else Limits()
    got = gather(written(tmp_path / "a.eml", data), limits=limits)
    assert (got.pages, got.reasons()) == ([], [("a.eml", 0, reason)])


def test_parts_nested_without_end_are_a_bad_record(tmp_path: Path) -> None:
    deep = b"MIME-Version: 1.0\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number) for number in range(900)
    )
    got = gather(written(tmp_path / "a.eml", deep + b"Content-Type: text/plain\n\nWord"))
    assert got.records == 1


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(60, len(SAVED)), noise=st.binary(max_size=20), at=st.integers(60, len(SAVED)))
def test_any_mail_is_a_page_or_a_bad_record(tmp_path: Path, cut: int, noise: bytes, at: int) -> None:
    data = (SAVED[:at] + noise + SAVED[at:])[:cut]
    assert gather(written(tmp_path / "a.mhtml", data)).records == 1
