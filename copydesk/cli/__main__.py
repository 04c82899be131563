"""Lets `python -m copydesk.cli` be `copydesk`."""

from copydesk.cli import main

main()
