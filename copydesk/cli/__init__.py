"""The command line: run, strip, explain, sql, editions, learn, ... Each verb is a function of the library.

Exit codes are in copydesk/exits.py.
"""

from __future__ import annotations

import logging
import sys

import typer

from copydesk.cli import forget, learn, look, make, quarantine, rule, versions
from copydesk.exits import guarded
from transforms.errors import UsageError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Make a nightly edition of clean, folded news from scraped pages.",
)
LOOKING = (look.strip, look.explain, look.explain_pair, look.sql, look.editions)
for verb in (make.run, make.doctor, *LOOKING, *versions.VERBS, forget.forget):
    app.command(verb.__name__.replace("_", "-"))(verb)
app.add_typer(rule.app, name="rule")
app.add_typer(learn.app, name="learn")
app.add_typer(quarantine.app, name="quarantine")


def main() -> None:
    """Run the command line; every failure ends in one clear message and its exit code."""
    if sys.stderr.isatty():
        logging.getLogger("copydesk").addHandler(logging.NullHandler())
    else:
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    sys.exit(guarded(_run_app))


def _run_app() -> int:
    """Give the exit code of what the command line asks for; a wrong option is wrong usage like any other."""
    from typer.exceptions import TyperException

    try:
        return int(app(standalone_mode=False) or 0)
    except typer.Exit as error:
        return error.exit_code
    except TyperException as error:
        raise UsageError(f"{error.format_message()}\nTry `copydesk --help`.") from error
