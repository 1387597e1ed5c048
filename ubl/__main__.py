"""`python -m ubl`: write, read, check and explain invoices on the command line.

    check FILE...      whether UBL documents are lawful, and what is wrong with them; `--json` for machines; tax data
                       documents, message level statuses and invoice responses are known by themselves
    explain RULE       one rule in plain words, English and Arabic, and how to mend it
    write FILE.json    the UBL document of a posted invoice, completed, on standard output
    read FILE.xml      the invoice in a UBL document, as JSON; what it leaves out goes to standard error

`-` stands for standard input. Exit code 0: done, and all files valid; 1: this file is no invoice, or one isn't
valid; 2: wrong usage, no such file or rule, or the schemas aren't installed.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec

import ubl
from schemas import SchemasNotInstalled


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


def check(options: argparse.Namespace) -> int:
    """Prints the verdict of each file; every 100 files, how far it is."""
    code = 0
    for done, file in enumerate(options.files, start=1):
        try:
            report = ubl.check(_content(file), ruleset=options.ruleset, as_of=options.as_of)
        except OSError as error:
            print(f"{file}: {error.strerror or error}", file=sys.stderr)
            code = 2
            continue
        code = code or int(not report.valid)
        print(_as_json(file, report) if options.json else _as_text(file, report), flush=True)
        if done % 100 == 0:
            print(f"{done} of {len(options.files)} checked", file=sys.stderr)
    return code


def _as_json(file: Path, report: ubl.Report) -> str:
    verdict = {
        "file": str(file),
        "valid": report.valid,
        "ruleset": report.ruleset,
        "digest": report.digest,
        "findings": report.findings,
    }
    return msgspec.json.encode(verdict).decode()


def _as_text(file: Path, report: ubl.Report) -> str:
    lines = [f"{file}: {'valid' if report.valid else 'NOT valid'} ({report.ruleset or 'no rule set'})"]
    lines += [f"  {f.severity} {f.layer} {f.rule} {f.where}\n      {f.message}" for f in report.findings]
    return "\n".join(lines)


def explain(options: argparse.Namespace) -> int:
    """Prints one rule in plain words."""
    from ubl.explain import explain as explanation_of

    try:
        told = explanation_of(options.rule)
    except KeyError:
        print(f"no rule has the id {options.rule!r}; docs/conformance.md lists them", file=sys.stderr)
        return 2
    print(f"{told.rule} ({told.layer}, {told.severity})\n  {told.title_en}\n  {told.mend_en}")
    print(f"  {told.title_ar}\n  {told.mend_ar}")
    for term, english, arabic in told.terms:
        print(f"  {term}: {english} / {arabic}")
    if told.dead:
        print(f"  can't be broken: {told.dead}")
    if told.place:
        print(f"  {told.place}")
    return 0


def _content(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def _add_write(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.json")


def _add_read(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.xml")


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--ruleset", metavar="R", help="id or version of the rules, such as 1.0.4")
    parser.add_argument("--as-of", metavar="D", type=date.fromisoformat, help="the rules in force on this day")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.xml")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE")


Run = Callable[[argparse.Namespace], int]
COMMANDS: dict[str, tuple[Run, Callable[[argparse.ArgumentParser], None], str]] = {
    "check": (check, _add_check, "whether UBL documents are lawful"),
    "explain": (explain, _add_explain, "one rule in plain words"),
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
        print(f"{getattr(options, 'file', options.command)}: {error}", file=sys.stderr)
        return 2 if options.command == "check" else 1
    except SchemasNotInstalled as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{options.file}: {error.strerror or error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
