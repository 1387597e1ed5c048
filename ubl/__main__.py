"""`python -m ubl`: write and read invoices on the command line.

    write FILE.json    the UBL document of a posted invoice, completed, on standard output
    read FILE.xml      the invoice in a UBL document, as JSON; what it leaves out goes to standard error

`-` stands for standard input. Exit code 0: done; 1: this file is no invoice; 2: wrong usage or no such file.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

import ubl


def write(options: argparse.Namespace) -> int:
    """Prints the UBL document of a posted invoice."""
    sys.stdout.buffer.write(ubl.write(ubl.complete(ubl.decode(_content(options.file)))))
    return 0


def read(options: argparse.Namespace) -> int:
    """Prints the invoice in a UBL document as JSON, and what it leaves out."""
    reading = ubl.read_report(_content(options.file))
    encoded = msgspec.json.format(msgspec.json.encode(reading.invoice), indent=2)
    sys.stdout.buffer.write(encoded + b"\n")
    for leftover in reading.leftovers:
        print(f"left out: {leftover.where} {leftover.value!r}: {leftover.reason}", file=sys.stderr)
    if reading.omitted:
        print(f"left out: {reading.omitted} more", file=sys.stderr)
    return 0


def _content(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def _add_write(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.json")


def _add_read(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.xml")


Run = Callable[[argparse.Namespace], int]
COMMANDS: dict[str, tuple[Run, Callable[[argparse.ArgumentParser], None], str]] = {
    "write": (write, _add_write, "an invoice in JSON to UBL"),
    "read": (read, _add_read, "a UBL document to JSON"),
}
"""Command -> what runs it, what its arguments are, what it does."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; see the module's docstring for exit codes."""
    parser = argparse.ArgumentParser(
        prog="python -m ubl", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (run, add_arguments, help_text) in COMMANDS.items():
        command = commands.add_parser(name, help=help_text)
        add_arguments(command)
        command.set_defaults(run=run)
    options = parser.parse_args(arguments)
    run = options.run
    try:
        return int(run(options))
    except ubl.UblError as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{options.file}: {error.strerror or error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
