"""The errors that copydesk raises on purpose; anything else is a bug.

CopydeskError
├── UsageError        a path or an option that cannot be right            exit 64
├── RuleError         a rule file that must not be used                   exit 65
├── InputError        no input can be read at all                         exit 65
├── CheckError        the staged version has wrong rows, nothing published exit 2
├── GateError         it is not plausible beside those before, it is held  exit 2
├── ExtractError      one page gives no text: it goes to quarantine
├── StoreError        the store cannot be written or is damaged           exit 74
│   └── NewerError    a newer copydesk has written it                     exit 74
├── ShortageError     there is not enough memory                          exit 74
└── BusyError         another run holds the store                         exit 75
"""

from __future__ import annotations


class CopydeskError(Exception):
    """Say what is wrong, where, and what to do next."""

    exit_code = 70


class UsageError(CopydeskError):
    """A path or an option cannot be right; nothing was done."""

    exit_code = 64


class RuleError(CopydeskError):
    """A rule file must not be used: the message names file, rule, reason and remedy."""

    exit_code = 65


class ModelError(CopydeskError):
    """The data file of the line classifier cannot be used."""

    exit_code = 74


class InputError(CopydeskError):
    """No input can be read at all."""

    exit_code = 65


class CheckError(CopydeskError):
    """The staged version has wrong rows; the version published before stays."""

    exit_code = 2


class GateError(CopydeskError):
    """The staged version is not plausible beside those before it; it is held, the version before stays."""

    exit_code = 2


class ExtractError(CopydeskError):
    """One page gives no text; the message becomes its reason in quarantine."""


class StoreError(CopydeskError):
    """The store cannot be written, or what it holds is damaged."""

    exit_code = 74


class NewerError(StoreError):
    """A newer copydesk has written what the store holds; it may be read, and not written."""


class ShortageError(CopydeskError):
    """There was not enough memory, though less was done at once; what is published holds."""

    exit_code = 74


class BusyError(CopydeskError):
    """Another run holds the store; the message says which."""

    exit_code = 75
