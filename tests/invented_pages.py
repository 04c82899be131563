"""Invented pages of three outlets: what stands around a story on the templates of newspapers."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from transforms import schemas

STORY = (
    "The ferry Marta left the harbour of Lunow at eight on Monday morning with ninety passengers on board.",
    "Half an hour later the engine failed off the lighthouse, and the crew dropped anchor in the channel.",
    "“We heard a bang, and then nothing at all,” said Ilse Trane, who takes the ferry to her work every day.",
    "Two tugs brought the ship back to its berth before noon, and nobody was hurt, the harbour office said.",
    "The company that runs the line said it would put a smaller boat on the route until the engine is mended.",
    "It is the third failure of the Marta this year, and the district council will speak about it on Friday.",
)
TITLE = "Ferry returns to Lunow after engine fails"
_LINKS = ("Home", "World", "Business", "Sport", "Culture", "Weather", "Puzzles", "Jobs")
_OTHERS = (
    "Council sells the old town hall", "Ten gardens to see in spring", "Bus drivers ask for more pay",
    "Why the bridge stays closed", "School wins a prize for its choir",
)  # fmt: skip


def _menu(names: tuple[str, ...]) -> str:
    return "".join(f'<li><a href="/{name.lower()}">{name}</a></li>' for name in names)


def _paragraphs(story: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>\n" for text in story)


LEDGER = f"""<!doctype html><html lang="en"><head><title>{TITLE} | Harbor Ledger</title>
<meta property="og:title" content="{TITLE}"><meta property="og:site_name" content="Harbor Ledger">
<link rel="canonical" href="https://www.harborledger.example/news/ferry"></head><body>
<header class="site-header"><div class="logo"><a href="/">Harbor Ledger</a></div>
<nav class="main-nav"><ul>{_menu(_LINKS)}</ul></nav><a href="/subscribe" class="cta">Subscribe</a></header>
<main><article class="article"><h1 class="headline">{TITLE}</h1>
<div class="byline">By Ada Quill</div>
<div class="share-bar"><a href="#">Facebook</a> <a href="#">Twitter</a> <a href="#">WhatsApp</a></div>
<figure><img src="a.jpg"><figcaption>The ferry Marta in the harbour of Lunow. Photo: Bo Reed</figcaption></figure>
<div class="article-body">{_paragraphs(STORY)}</div>
<div class="newsletter-signup"><h3>Sign up for our newsletter</h3><p>Get the news of the harbour every morning.</p>
<form><input type="email"><button>Sign up</button></form></div></article>
<aside class="related"><h3>Related articles</h3><ul>{_menu(_OTHERS)}</ul></aside>
<section id="comments" class="comments"><h3>2 Comments</h3>
<div class="comment"><span>Tom</span><p>I was on that ferry and the crew did a very good job.</p></div>
<div class="comment"><span>Uta</span><p>They should have bought a new one ten years ago, as I said.</p></div>
</section></main>
<footer class="footer"><ul>{_menu(("About us", "Contact", "Privacy policy", "Terms of use"))}</ul>
<p>© 2026 Harbor Ledger. All rights reserved.</p></footer></body></html>"""

COURIER = f"""<!doctype html><html><head><title>{TITLE} - The Wexholt Courier</title></head>
<body class="single-post">
<div id="cookie-banner" class="cookie-consent"><p>We use cookies to give you the best experience.</p>
<button>Accept all</button></div><div id="masthead"><div id="menu-top" class="menu">
{"".join(f'<a href="/{name.lower()}">{name}</a>' + chr(10) for name in _LINKS)}</div></div>
<div id="content"><div class="breadcrumbs"><a href="/">Home</a> » <a href="/local">Local</a></div>
<h1 class="entry-title">{TITLE}</h1><p class="entry-meta">March 2, 2026 by <a href="/ada">Ada Quill</a></p>
<div class="entry-content">{_paragraphs(STORY)}<div class="sharedaddy"><h3>Share this:</h3><ul>
{_menu(("Click to share on Facebook", "Click to share on X", "Click to email a link"))}</ul></div></div>
<div id="respond" class="comment-respond"><h3>Leave a Reply</h3>
<p>Your email address will not be published.</p></div>
</div><div id="sidebar" class="widget-area"><div class="widget"><h3>Most read</h3><ol>{_menu(_OTHERS)}</ol></div>
<div class="widget"><h3>Follow us</h3><a href="#">Instagram</a></div></div>
<div id="colophon"><p>Copyright 2026 The Wexholt Courier</p><a href="/imprint">Imprint</a></div></body></html>"""

BOTE = f"""<html><head><title>Fähre kehrt nach Lunow zurück</title><meta property="og:title"
content="Fähre kehrt nach Lunow zurück"></head><body><div class="nav-wrapper"><nav><ul>
{_menu(("Startseite", "Politik", "Wirtschaft", "Kultur", "Wetter", "Anzeigen"))}</ul></nav></div>
<div class="page"><div class="teaser-list"><h2>Mehr zum Thema</h2>{
    "".join(
        f'<div class="teaser"><a href="/t"><h3>{name}</h3><p>Was der Kreis dazu sagt …</p></a></div>'
        for name in ("Rathaus wird verkauft", "Zehn Gärten im Frühling", "Brücke bleibt gesperrt")
    )
}</div>
<article><header><h1>Fähre kehrt nach Lunow zurück</h1><span class="author">Von Ada Quill</span></header>
<p>Die Fähre Marta hat am Montag um acht Uhr mit neunzig Fahrgästen den Hafen von Lunow verlassen.</p>
<p>Eine halbe Stunde später fiel vor dem Leuchtturm die Maschine aus, und die Mannschaft warf den Anker.</p>
<p>„Wir hörten einen Knall, dann war es still“, sagte Ilse Trane, die jeden Tag mit der Fähre zur Arbeit fährt.</p>
<p>Zwei Schlepper brachten das Schiff vor dem Mittag zurück, verletzt wurde niemand, sagte das Hafenamt.</p>
<p>Es ist der dritte Ausfall der Marta in diesem Jahr, und am Freitag berät der Kreistag über die Linie.</p>
</article></div><footer><a href="/impressum">Impressum</a><a href="/datenschutz">Datenschutz</a>
<p>© 2026 Der Bote</p></footer></body></html>"""
BOTE_STORY = tuple(line[3:-4] for line in BOTE.split("\n") if line.startswith("<p>") and "©" not in line)
BOTE_TITLE = "Fähre kehrt nach Lunow zurück"
PAGES = {"ledger": (LEDGER, STORY), "courier": (COURIER, STORY), "bote": (BOTE, BOTE_STORY)}


def pages(*bodies: str, **columns: object) -> pa.Table:
    """Give PAGES with one HTML page per body; the first is p1."""
    rows = [
        dict.fromkeys(schemas.PAGES.names)
        | {"page_id": f"p{number}", "edition": dt.date(2026, 3, 2), "source": "in.html", "source_offset": 0}
        | {"media_type": "text/html", "body": body}
        | columns
        for number, body in enumerate(bodies, 1)
    ]
    return pa.Table.from_pylist(rows, schemas.PAGES)
