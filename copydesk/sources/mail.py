"""The page in a mail (.eml) or a page that a browser saved as one (.mhtml).

The text is the first HTML part, else the first plain one. Pictures and styles of a saved page are parts of it;
attachments are counted as what is no page.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from copydesk.sources import containers, http
from copydesk.sources.containers import Content
from copydesk.sources.limits import Limits
from copydesk.sources.records import EMPTY, Found, Item, Page, Passed, file_page
from copydesk.sources.rejects import Bad, Unusable
from copydesk.sources.values import fetched
from transforms.addresses import address_of, host_of
from transforms.strings import label

_HTML = ("text/html", "application/xhtml+xml")


def pages(content: Content, limits: Limits) -> Iterator[Item]:
    """Give the page, and a Passed for each attachment."""
    span = containers.whole(content.blocks(), limits)
    if problem := span.problem():
        yield Bad(problem, span.raw())
        return
    try:
        message, parts = _parts(span.data, limits)
        yield Found(0, _page(message, parts, limits))
    except Unusable as error:
        yield Bad(str(error), span.raw())
        return
    for part in parts:
        if part.get_content_disposition() == "attachment":
            yield Passed("attachment of a mail")


def _parts(data: bytes, limits: Limits) -> tuple[EmailMessage, list[EmailMessage]]:
    """Give the mail and its parts that hold something themselves."""
    head, _ = http.split(data.lstrip(), limits)
    if len(head) > limits.header_bytes:
        raise Unusable(f"torn mail: its header has more than {limits.header_bytes} bytes. Deliver it again.")
    if data.count(b"boundary=") > limits.mail_parts:
        raise Unusable(f"too many parts: the mail announces more than {limits.mail_parts} bodies.")
    try:
        message = message_from_bytes(data, policy=policy.default)
        parts = [part for part in message.walk() if not part.is_multipart()]
        for part in parts:
            part.get_content_type()
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise Unusable(f"torn mail: {type(error).__name__} while its parts were read. Deliver it again.") from error
    return message, parts


def _page(message: EmailMessage, parts: list[EmailMessage], limits: Limits) -> Page:
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    body = next((part for part in shown if part.get_content_type() in _HTML), None)
    body = body or next((part for part in shown if part.get_content_type() == "text/plain"), None)
    if body is None:
        raise Unusable(EMPTY)
    try:
        data = body.get_payload(decode=True)
        declared = body.get_content_charset()
    except (LookupError, ValueError, AttributeError) as error:
        raise Unusable(
            f"torn mail: the part with the text cannot be decoded ({error}). Deliver it again."
        ) from error
    assert isinstance(data, bytes)
    made = file_page(data, limits, is_html=body.get_content_type() in _HTML, declared=declared)
    saved = _header(message, "Snapshot-Content-Location") or _header(body, "Content-Location")
    url = address_of(saved or "")
    sent = _header(message, "Date")
    return made._replace(
        site=host_of(url or ""),
        url=url,
        fetched_at=fetched(sent),
        title=_header(message, "Subject"),
        published=None if saved else sent,  # a saved page says when it was saved, a newsletter when it came out
        language=_header(body, "Content-Language") or _header(message, "Content-Language"),
    )


def _header(message: EmailMessage, name: str) -> str | None:
    """Give a header's value on one line; None where it is missing or cannot be read."""
    try:
        return label(str(message.get(name) or "")) or None
    except (ValueError, LookupError, AttributeError, TypeError):  # the parser of headers, on hostile ones
        return None
