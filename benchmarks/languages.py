"""Language detectors beside each other, on news of known language: share right, and CPU milliseconds a text.

    python -m benchmarks.languages [--data FILE] [--peers PYTHON] [--only NAME ...] [--wrong NAME]

Two sets of texts. `pages`: gold text and headlines of the fundus and AEB pages and of 100 WCXB pages.
`invented`: an item of news in each of 52 languages (benchmarks/invented.toml), most of which the pages lack. Each
text is asked as a whole (2,000 characters), and by its beginnings of at most 300, 100, 50 and 20 characters, cut
between words (of a page: the beginning of each of up to five lines). Shares are means over languages, so that
English does not decide; pages in languages with fewer than two pages count as one language.

--wrong lists what a detector got wrong on whole texts. A detector that is not installed says so in its row.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.language_systems import DETECTORS, NOT_INSTALLED
from transforms.language import language_code

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = REPOSITORY.parent / "shared" / "data" / "extraction_dev.parquet"
INVENTED = REPOSITORY / "benchmarks" / "invented.toml"
PEERS_PYTHON = REPOSITORY / ".venv-peers" / "bin" / "python"
OURS = ("copydesk", "resiliparse")  # installed with the product
WHOLE = 2_000
SIZES = (300, 100, 50, 20)
LINES = 5
WCXB_PAGES = 100
# The data's own column was guessed by a detector; these were read: Danish, Xhosa, Zulu and Italian
READ = {
    "www.sermitsiaq.ag": "da",
    "dizindaba.co.za": "xh",
    "isolezwelesixhosa.co.za": "xh",
    "ilanganews.co.za": "zu",
    "www.remember8090.it": "it",
}
# Names of one language, or of two that short news does not tell apart in writing
SAME = {
    "iw": "he",
    "in": "id",
    "ms": "id",
    "hr": "sr-Latn",
    "bs": "sr-Latn",
    "nb": "no",
    "nn": "no",
    "zh-Hant": "zh",
}


@dataclass(frozen=True)
class Sample:
    """One text of known language: which set, how long, and where it is from."""

    group: str
    size: str
    language: str
    source: str
    text: str


def main() -> None:
    """Print the table."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--data", type=Path, default=PAGES)
    told.add_argument("--peers", type=Path, default=PEERS_PYTHON, help="interpreter that has the peers")
    told.add_argument("--only", nargs="+", choices=DETECTORS, default=list(DETECTORS))
    told.add_argument("--wrong", choices=DETECTORS)
    options = told.parse_args()
    samples = [*_pages(options.data), *_invented()]
    columns = list(dict.fromkeys((sample.group, sample.size) for sample in samples))
    print(
        f"{'':12}", *(f"{group[:8] + ' ' + size:>15}" for group, size in columns), f"{'ms whole':>9} {'ms 100':>7}"
    )
    print(f"{'texts':12}", *(f"{sum((s.group, s.size) == column for s in samples):15}" for column in columns))
    for name in options.only:
        print(f"{name:12}", _row(name, samples, columns, options.peers, lists=name == options.wrong), flush=True)


def _pages(file: Path) -> Iterator[Sample]:
    columns = ["dataset", "url", "lang", "gold_text", "gold_title"]
    english = 0
    for page in pq.read_table(file, columns=columns).to_pylist():
        if page["dataset"] == "wcxb":
            english += 1
            if english > WCXB_PAGES:
                continue
        host = page["url"].split("/")[2] if page["url"] else ""
        yield from _samples(
            "pages", READ.get(host, page["lang"]), page["url"], page["gold_text"], page["gold_title"]
        )


def _invented() -> Iterator[Sample]:
    for language, text in tomllib.loads(INVENTED.read_text(encoding="utf-8")).items():
        title, body = text.strip().split("\n")
        yield from _samples("invented", language, "invented", body, title)


def _samples(group: str, language: str, source: str, text: str, title: str | None) -> Iterator[Sample]:
    yield Sample(group, "whole", language, source, text[:WHOLE])
    lines = [line.strip() for line in text.split("\n")]
    for size in SIZES:
        enough = [line for line in lines if len(line) >= size]
        for line in enough[:LINES]:
            yield Sample(group, str(size), language, source, _beginning(line, size))
    if title and len(title) > min(SIZES):
        yield Sample(group, "headline", language, source, title)


def _beginning(line: str, size: int) -> str:
    """Give at most `size` characters, cut between words where words are separated."""
    if len(line) == size or " " not in line[:size]:
        return line[:size]
    return line[: size + 1].rsplit(" ", 1)[0]


def _row(
    name: str, samples: Sequence[Sample], columns: Sequence[tuple[str, str]], peers: Path, *, lists: bool
) -> str:
    python = Path(sys.executable) if name in OURS else peers
    shares, cost = [], {}
    for column in columns:
        chosen = [sample for sample in samples if (sample.group, sample.size) == column]
        done = _ask(python, name, [sample.text for sample in chosen])
        if isinstance(done, str):
            return done
        answers, seconds = done
        right = [_same(sample.language) == _same(answer) for sample, answer in zip(chosen, answers, strict=True)]
        shares.append(_mean_of_languages(chosen, right))
        cost[column] = 1000 * seconds / len(chosen)
        if lists and column[1] == "whole":
            for sample, answer in zip(chosen, answers, strict=True):
                if _same(sample.language) != _same(answer):
                    print(f"  {sample.language} taken for {answer}: {sample.source}", file=sys.stderr)
    times = (cost["pages", "whole"], cost["pages", "100"])
    return " ".join([*(f"{share:15.3f}" for share in shares), "{:9.3f} {:7.3f}".format(*times)])


def _ask(python: Path, name: str, texts: Sequence[str]) -> tuple[list[str | None], float] | str:
    """Give the codes and the CPU seconds, or why there are none."""
    if not python.is_file():
        return f"NOT INSTALLED: there is no {python}; `make peers` makes it"
    command = [str(python), "-m", "benchmarks.language_systems", name]
    done = subprocess.run(command, input=json.dumps(list(texts)).encode(), capture_output=True, check=False)
    if done.returncode:
        last = [f"exit code {done.returncode}", *done.stderr.decode().splitlines()][-1]
        return f"{'NOT INSTALLED' if done.returncode == NOT_INSTALLED else 'FAILED'}: {last}"
    told = json.loads(done.stdout)
    return [answer for answer, _ in told["answers"]], told["seconds"]


def _same(language: str | None) -> str | None:
    tag = SAME.get(language or "", language)
    return SAME.get(language_code(tag) or "", language_code(tag)) if tag != "sr-Latn" else tag


def _mean_of_languages(samples: Sequence[Sample], right: Sequence[bool]) -> float:
    """Give the mean share of right answers of the languages; rare languages are taken together."""
    pages = Counter(language for language, _ in {(sample.language, sample.source) for sample in samples})
    groups: dict[str, list[bool]] = defaultdict(list)
    for sample, is_right in zip(samples, right, strict=True):
        is_rare = sample.group == "pages" and pages[sample.language] == 1
        groups["rare" if is_rare else sample.language].append(is_right)
    return sum(sum(group) / len(group) for group in groups.values()) / len(groups)


if __name__ == "__main__":
    main()
