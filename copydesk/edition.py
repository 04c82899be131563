"""The steps of one edition in order, callable without Prefect.

    with opened(settings) as desk:
        read = gather(desk, inputs, day)      inputs      -> shards of pages in the stage
        cleaned = clean(desk, read)           pages       -> articles, cuts, fingerprints, quarantine
        folded = fold(desk, cleaned)          all nights  -> pairs, members
        report = publish(desk, folded)        all nights  -> checked, plausible version; pointer; catalog

Each step is idempotent: what was done before under the same bytes, rules, memory and code is not done again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import version as installed
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

import transforms
from copydesk import (
    catalog,
    decisions,
    drops,
    folding,
    forget,
    gate,
    held,
    janitor,
    memory,
    models,
    sources,
    stage,
    tombstones,
    workers,
)
from copydesk.decisions import Decision
from copydesk.drops import Drop
from copydesk.folding import Progress, silent
from copydesk.gate.verdict import ACCEPTED, HELD, Acceptance, Verdict
from copydesk.report import Report, examine, nothing
from copydesk.settings import Settings
from copydesk.shard import Result, Task
from copydesk.shortage import sparing
from copydesk.store import Manifest, Staged, Store
from copydesk.tombstones import Forgotten
from transforms import model_file, rule_files
from transforms.errors import CheckError, GateError
from transforms.site_memory import SiteMemory

# Packages whose answers end up in the tables.
JUDGES = (
    "trafilatura", "resiliparse", "lxml", "py3langid", "courlan", "ftfy", "google-re2", "numpy", "numba",
)  # fmt: skip
log = logging.getLogger("copydesk")


@dataclass(frozen=True)
class Desk:
    """An open store with the rules of this run and what persons decided; holds the lock."""

    store: Store
    settings: Settings
    rules_digest: str
    decided: tuple[Decision, ...] = ()
    dropped: tuple[Drop, ...] = ()
    progress: Progress = silent
    forgotten: Forgotten = Forgotten()  # noqa: RUF009  never changed


@dataclass(frozen=True)
class Night:
    """One edition on its way: what is staged so far, and what each step cost in CPU seconds."""

    staged: Staged
    cost: Mapping[str, float]
    peak_mib: int = 0
    skipped: tuple[str, ...] = ()  # what lies in the inputs and is no page: files, and kinds of records
    pending: tuple[str, ...] = ()  # files that are still being written: the next run takes them

    @property
    def day(self) -> dt.date:
        """Give the edition's name as a day."""
        return dt.date.fromisoformat(self.staged.edition)


@dataclass(frozen=True)
class Folded:
    """An edition with the pairs and members of everything published together with it."""

    night: Night
    editions: tuple[Staged, ...]
    pairs: pa.Table
    members: pa.Table


def run(
    inputs: Sequence[str | Path],
    *,
    day: dt.date,
    settings: Settings,
    progress: Progress = silent,
    accept: str = "",
) -> Report:
    """Make one edition from its inputs and publish it; the report says what was made and where it lies.

    `accept` says why it is published though the gate finds it implausible; GateError where nobody says why.
    """
    sources.find(inputs)  # a wrong path is refused before anything else
    with opened(settings, progress) as desk:
        return publish(desk, fold(desk, clean(desk, gather(desk, inputs, day))), accept=accept)


@contextmanager
def opened(settings: Settings, progress: Progress = silent) -> Iterator[Desk]:
    """Hold the store for one run; BusyError where another run holds it, RuleError where a rule must not be used.

    StoreError where a decision about a line cannot be read.
    """
    digest = rule_files.load(*settings.rules).digest
    store = Store(settings.data)
    with store.lock():
        store.remove_leftovers()
        forget.finish(store, settings)
        told = decisions.read(store.root), drops.read(store.root)
        try:
            yield Desk(store, settings, digest, *told, progress, tombstones.read(store.root))
        finally:  # a full disk needs the room, and what failed is made anew
            with suppress(OSError):
                store.remove_leftovers()


def gather(desk: Desk, inputs: Sequence[str | Path], day: dt.date) -> Night:
    """Read every input record into a shard of pages or into quarantine; UsageError for a path that is not there.

    Nothing is taken of a file that is written at the same time: it waits for the next run.
    """
    paths, skipped = sources.find(inputs), tuple(map(str, sources.skipped(inputs)))
    start = time.process_time()
    pending = sources.being_written(paths)
    while True:
        before = sources.states([path for path in paths if path not in pending])
        staged, passed = _read(desk, list(before), day)
        changed = [path for path, state in sources.states(list(before)).items() if state != before[path]]
        if not changed:
            break
        pending += changed
    if pending:
        log.warning(
            "sources: still being written, left for the next run: %d files such as %s", len(pending), pending[0]
        )
    skipped += tuple(f"{what} ({times} times)" for what, times in sorted(passed.items()))
    if skipped:
        log.warning(
            "sources: not read, no pages: %d files or kinds of records such as %s", len(skipped), skipped[0]
        )
    cost = {"sources": time.process_time() - start}
    log.info(
        "sources: edition %s, %d records, %d pages, %.1f CPU s", day, staged.records, staged.pages, cost["sources"]
    )
    return Night(staged, cost, skipped=skipped, pending=tuple(map(str, pending)))


def _read(desk: Desk, paths: Sequence[Path], day: dt.date) -> tuple[Staged, Counter[str]]:
    """Give the edition with all records of these files staged, and what else was in them."""
    passed: Counter[str] = Counter()
    staged = Staged(
        day.isoformat(),
        0,
        0,
        0,
        desk.rules_digest,
        code_digest(),
        classifier_digest=classifier_digest(desk.settings),
    )
    for number, batch in enumerate(sources.read(paths, edition=day, forgotten=desk.forgotten), 1):
        staged = replace(
            staged,
            records=staged.records + batch.records,
            pages=staged.pages + batch.pages.num_rows,
            repeated_records=staged.repeated_records + batch.repeated,
            unlisted_records=staged.unlisted_records + batch.unlisted,
            forgotten_records=staged.forgotten_records + batch.forgotten,
            page_shards=staged.page_shards + stage.put_pages(desk.store, batch.pages),
            shards=staged.shards + stage.put_quarantine(desk.store, batch.quarantine),
        )
        passed.update(batch.passed)
        desk.progress("sources", number, 0)
    return staged, passed


def clean(desk: Desk, night: Night) -> Night:
    """Take every shard of pages through extract, strip, normalize and fingerprint, in worker processes."""
    published = desk.store.current().editions
    earlier: list[Staged] = []
    for staged in published:
        if desk.settings.learn_after and staged.edition < night.staged.edition:
            earlier.append(_whole(desk, staged, earlier))
    retried = {
        digest: times
        for staged in published
        for digest, times in staged.retried.items()
        if staged.edition == night.staged.edition and digest in night.staged.page_shards
    }
    night = replace(night, staged=replace(night.staged, retried=retried))
    cleaned = _cleaned(desk, night, _memory(desk, earlier))
    return replace(cleaned, staged=forget.left_out(desk.store, desk.settings, cleaned.staged, desk.forgotten))


def retry(
    desk: Desk, staged: Staged, earlier: Sequence[Staged], page_ids: Collection[str], new: Sequence[str] = ()
) -> Staged:
    """Give an edition whose shards with these pages in quarantine were made once more, with new shards of pages.

    The others are as they are where rules, code, memory and classifiers are those of then; else all are made anew,
    for an edition is judged by one set of them. A shard that comes out as before stays the one it was.
    """
    staged, known = _whole(desk, staged, earlier), _memory(desk, earlier)
    holders = stage.holders(desk.store, staged, page_ids)
    again = {digest: staged.retried.get(digest, 0) + 1 for digest in holders}
    judges = desk.rules_digest, code_digest(), known.digest, classifier_digest(desk.settings)
    trial = replace(staged, retried={**staged.retried, **again})
    if judges != (staged.rules_digest, staged.code_digest, staged.memory_digest, staged.classifier_digest):
        return _anew(desk, trial, known)
    file = str(desk.store.put_memory(known.digest, known.table())) if known.digest else ""
    tasks = {digest: _task(desk, digest, trial, file) for digest in (*holders, *new)}
    for digest in holders:  # a run that ended before it published may have left one: it is tried in earnest
        shutil.rmtree(tasks[digest].folder, ignore_errors=True)
    missing = [task for task in tasks.values() if not Path(task.folder).exists()]
    done = count(1)
    workers.run(
        missing,
        processes=desk.settings.processes,
        finished=lambda _: desk.progress("clean", next(done), len(missing)),
    )
    for digest, key in holders.items():
        if stage.is_same(desk.store, key, tasks[digest].key):
            shutil.rmtree(tasks.pop(digest).folder)
            again.pop(digest)
    shards = {*staged.shards} - {holders[digest] for digest in again} | {task.key for task in tasks.values()}
    return replace(staged, shards=tuple(sorted(shards)), retried={**staged.retried, **again})


def _memory(desk: Desk, earlier: Sequence[Staged]) -> SiteMemory:
    """Give the site memory that the edition after these is judged by."""
    if not desk.settings.learn_after:
        return memory.of_persons(desk.decided)
    return memory.before(desk.store, earlier, desk.decided, desk.settings)


def _cleaned(desk: Desk, night: Night, known: SiteMemory) -> Night:
    """Give the edition with the shards that its pages become under this memory."""
    staged = replace(night.staged, memory_digest=known.digest)
    file = str(desk.store.put_memory(known.digest, known.table())) if known.digest else ""
    tasks = [_task(desk, digest, staged, file) for digest in staged.page_shards]
    missing = [task for task in tasks if not Path(task.folder).exists()]
    cost, peak = dict(night.cost), 0

    def count(result: Result) -> None:
        nonlocal peak
        peak = max(peak, result.peak_mib)
        for step, seconds in result.cpu_seconds.items():
            cost[step] = cost.get(step, 0.0) + seconds
        desk.progress(
            "clean", len(tasks) - len(missing) + sum(Path(task.folder).exists() for task in missing), len(tasks)
        )

    workers.run(missing, processes=desk.settings.processes, finished=count)
    log.info("clean: edition %s, %d shards, %d of them new", staged.edition, len(tasks), len(missing))
    shards = tuple(sorted({*staged.shards, *(task.key for task in tasks)}))
    return replace(night, staged=replace(staged, shards=shards), cost=cost, peak_mib=peak)


def fold(desk: Desk, night: Night, published: Sequence[Staged] | None = None) -> Folded:
    """Fold the articles of this edition and of all published ones; where an edition exists it is replaced.

    `published` are those of the version that holds, unless others are given.
    """
    start = time.process_time()
    published = desk.store.current().editions if published is None else published
    others = [staged for staged in published if staged.edition != night.staged.edition]
    editions: list[Staged] = []
    with workers.kept():
        for staged in sorted((*others, night.staged), key=lambda staged: staged.edition):
            is_later = staged.edition > night.staged.edition
            editions.append(_taught(desk, staged, editions) if is_later else _whole(desk, staged, editions))
    one = replace(desk.settings, workers=1)  # so many blocks are compared at once
    folded = sparing(
        "fold",
        lambda is_sparing: folding.fold(desk.store, editions, one if is_sparing else desk.settings, desk.progress),
    )
    cost = {**night.cost, "fold": time.process_time() - start}
    counts = folded.members.num_rows, folded.pairs.num_rows
    log.info("fold: %d articles, %d pairs, %.1f CPU s", *counts, cost["fold"])
    return Folded(replace(night, cost=cost), tuple(editions), folded.pairs, folded.members)


def publish(desk: Desk, folded: Folded, *, accept: str = "") -> Report:
    """Build the models, check them, and make the version current; the report says what is in it.

    CheckError names the wrong rows, GateError what is not plausible beside the editions before; the version before
    then still holds. `accept` says why an implausible edition is published all the same. No version is made where
    nothing changed, or where there was no input record: an empty inbox must not replace an edition.
    """
    store, night = desk.store, folded.night
    if not night.staged.records:
        return nothing(store, store.current(), night.day, skipped=night.skipped, pending=night.pending)
    start = time.process_time()
    staging = store.new_staging()
    built, verdict = _built(desk, folded, staging, accept)
    if verdict.state == HELD:
        if not _is_published(store, built):
            raise GateError(_hold(store, staging, built, night, verdict))
        verdict = replace(verdict, state=ACCEPTED, reason="it is published already")
    before = store.current().version
    manifest = _publish_if_changed(store, staging, built)
    held.release(store, night.day)
    cost = {**night.cost, "publish": time.process_time() - start}
    report = replace(
        examine(store.published, store.version_folder(manifest.version), manifest, night.day),
        cost=cost,
        peak_mib=night.peak_mib,
        skipped=night.skipped,
        pending=night.pending,
        gate=verdict,
        waiting=held.waiting(store),
    )
    if manifest.version != before:
        store.report_run(manifest.version, asdict(report))
    janitor.tidy(store, desk.settings)
    log.info("publish: version %d, %d articles, %.1f CPU s", manifest.version, report.articles, cost["publish"])
    return report


def _built(desk: Desk, folded: Folded, staging: Path, accept: str) -> tuple[Manifest, Verdict]:
    """Give the version in `staging`, which has no number yet, and what the gate says; CheckError for wrong rows."""
    store, night = desk.store, folded.night
    accepted = _accepted(store.current(), night.staged)
    made = {"pairs": folded.pairs, "members": folded.members, "decisions": decisions.table(desk.decided)}
    made["drops"] = drops.table(desk.dropped)
    files = stage.model_files(store, folded.editions, made, staging)

    def build(is_sparing: bool) -> tuple[Verdict, list[models.TableFile]]:  # noqa: FBT001
        learn_after = desk.settings.learn_after
        with models.build(files, temp=staging, learn_after=learn_after, is_sparing=is_sparing) as built:
            desk.progress("models", 1, 1)
            if failures := built.check():
                raise CheckError(_failures(failures))
            verdict = gate.judge(built.connection, night.day, desk.settings, accepted=accepted, reason=accept)
            return verdict, built.write(staging)

    verdict, written = sparing("models", build)
    for file in (file for name in (*made, "edition_counts") for file in files[name]):
        file.unlink()
    tables = tuple(each.to_manifest() for each in written)
    others = [each for each in accepted if each.edition != night.staged.edition]
    kept = sorted((*others, *gate.acceptance(verdict, night.day)), key=lambda each: each.edition)
    return Manifest(0, installed("copydesk"), folded.editions, tables, tuple(map(asdict, kept))), verdict


def _accepted(current: Manifest, staged: Staged) -> tuple[Acceptance, ...]:
    """Give what persons let pass in the editions that stand; in this one only where its records are the same."""
    stand = {each.edition: (each.records, each.page_shards) for each in current.editions}
    if stand.get(staged.edition) != (staged.records, staged.page_shards):
        stand.pop(staged.edition, None)
    return tuple(Acceptance.of(each) for each in current.accepted if each["edition"] in stand)


def _hold(store: Store, staging: Path, made: Manifest, night: Night, verdict: Verdict) -> str:
    """Keep the version aside and give the message that says why, where it lies and what to do."""
    folder = held.hold(store, staging, made, night.day, verdict)
    report = examine(folder, folder, replace(made, version=store.current().version), night.day)
    return replace(report, gate=verdict, skipped=night.skipped, pending=night.pending).to_refusal()


def refresh_catalog(store: Store) -> None:
    """Point the catalog at the version that holds, also after a crash between the two or a move of the folder."""
    if (current := store.current()).version:
        catalog.refresh(store.published, store.version_folder(current.version))


def _whole(desk: Desk, staged: Staged, earlier: Sequence[Staged]) -> Staged:
    """Give an edition whose shards lie in the stage; what is gone is made anew from its pages, by today's rules."""
    return _anew(desk, staged, _memory(desk, earlier)) if stage.lacks(desk.store, staged) else staged


def _taught(desk: Desk, staged: Staged, earlier: Sequence[Staged]) -> Staged:
    """Give an edition that is judged by what these earlier ones teach; made anew where that has changed.

    Without `learn_after` the editions before teach nothing, and what persons decide holds from the next run on.
    """
    if not desk.settings.learn_after:
        return _whole(desk, staged, earlier)
    known = _memory(desk, earlier)
    return _whole(desk, staged, earlier) if known.digest == staged.memory_digest else _anew(desk, staged, known)


def _anew(desk: Desk, staged: Staged, known: SiteMemory) -> Staged:
    """Give an edition made anew from its pages, by today's rules and this memory; StoreError where it has none."""
    stage.check_inputs(desk.store, staged)
    kept = tuple(key for key in staged.shards if key.startswith(stage.FROM_SOURCES))
    anew = replace(
        staged,
        shards=kept,
        rules_digest=desk.rules_digest,
        code_digest=code_digest(),
        classifier_digest=classifier_digest(desk.settings),
    )
    return _cleaned(desk, Night(anew, {}), known).staged


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Give the digest of everything but the rules and the inputs that decides what the steps make."""
    digest = hashlib.sha256()
    folder = Path(transforms.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    digest.update("".join(f"{name} {installed(name)}\n" for name in JUDGES).encode())
    return digest.hexdigest()[:16]


def classifier_digest(settings: Settings) -> str:
    """Give the digest of the classifiers that have a say, or nothing; ModelError where a file is damaged."""
    return model_file.classifiers(settings.extraction).digest if settings.classifier else ""


def _task(desk: Desk, pages_digest: str, staged: Staged, memory_file: str) -> Task:
    settings = desk.settings
    key = stage.shard_key(settings, pages_digest, staged)
    return Task(
        key=key,
        pages=str(desk.store.page_shard(pages_digest)),
        folder=str(desk.store.shard(key)),
        fingerprints=str(folding.fingerprints_file(desk.store, key)),
        rules=tuple(map(str, settings.rules)),
        rules_digest=desk.rules_digest,
        memory=memory_file,
        classifier_digest=staged.classifier_digest,
        extraction=settings.extraction,
        page_cpu_seconds=settings.page_cpu_seconds,
        page_memory_mib=settings.page_memory_mib,
        page_seconds=settings.page_seconds,
    )


def _publish_if_changed(store: Store, staging: Path, made: Manifest) -> Manifest:
    if _is_published(store, made):
        store.remove_leftovers()
        manifest = store.current()
    else:
        manifest = replace(made, version=store.next_number())
        store.publish(staging, manifest)
    refresh_catalog(store)
    return manifest


def _is_published(store: Store, made: Manifest) -> bool:
    """Tell whether the version that holds has the same editions and the same tables, undamaged."""
    current = store.current()
    return (current.editions, current.tables) == (made.editions, made.tables) and store.is_sound(current)


def _failures(failures: Sequence[models.Failure]) -> str:
    lines = [f"{each.check}: {each.rows} wrong rows, such as {_short(each.example)}" for each in failures]
    return "nothing was published, the version before still holds; these checks failed:\n  " + "\n  ".join(lines)


def _short(example: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={str(value)[:80]!r}" for name, value in example.items())
