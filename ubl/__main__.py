"""`python -m ubl`: write, read, check and explain invoices on the command line.

    check FILE...      whether documents are lawful, and what is wrong with them; `--json` for machines. JSON and UBL,
                       tax data documents, message level statuses and invoice responses are known by themselves
    mend FILE.json     the posted invoice with everything mended that a machine can mend, and what was changed
    explain RULE       one rule in plain words, English and Arabic, and how to mend it
    write FILE.json    the UBL document of a posted invoice, completed, on standard output
    read FILE.xml      the invoice in a UBL document, as JSON; what it leaves out goes to standard error

`-` stands for standard input. Exit code 0: done, and all files valid; 1: this file is no invoice, or one isn't
valid; 2: wrong usage, no such file or rule, or the schemas or the official rules aren't installed; 3: with
`check --reference`, the official rules say something else than we do, which comes before 1.
"""

import argparse
import codecs
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import msgspec

import ubl
from schemas import SchemasNotInstalled
from ubl.mend import Patch, completed, mended
from ubl.mend import mend as patches_of
from ubl.mend.repairs import REPAIRS
from ubl.reference import Comparison, ReferenceFault, References, references


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
    codes = {0}
    try:
        with references() if options.reference else nullcontext() as official:
            for done, file in enumerate(options.files, start=1):
                codes.add(_check(file, options, official))
                if done % 100 == 0:
                    print(f"{done} of {len(options.files)} checked", file=sys.stderr)
    except ReferenceFault as fault:
        print(f"check --reference: {fault}", file=sys.stderr)
        return 2
    return next(code for code in (2, 3, 1, 0) if code in codes)


def _check(file: Path, options: argparse.Namespace, official: References | None) -> int:
    try:
        content = _content(file)
    except OSError as error:
        print(f"{file}: {error.strerror or error}", file=sys.stderr)
        return 2
    verdict = _judged(content, options.ruleset, options.as_of)
    comparison = None if official is None else official.compare(verdict.xml, verdict.report)
    print((_as_json if options.json else _as_text)(file, verdict, comparison), flush=True)
    if comparison is not None and not comparison.agrees:
        return 3
    return int(not verdict.report.valid)


class _Verdict(msgspec.Struct, frozen=True):
    """One checked file."""

    report: ubl.Report
    xml: bytes
    """The document: as it is, or what would be written of a posted invoice; empty where nothing can be."""
    posted: bytes | None = None
    """The JSON, where it is an invoice in JSON."""


def _judged(content: bytes, ruleset: str | None, as_of: date | None) -> _Verdict:
    """A file by its content: JSON begins with a brace."""
    if not content.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        return _Verdict(ubl.check(content, ruleset=ruleset, as_of=as_of), content)
    try:
        invoice = completed(ubl.decode(content))
    except ubl.DecodeError as error:
        finding = ubl.Finding(
            rule="JSON",
            layer=ubl.Layer.JSON,
            severity=ubl.Severity.FATAL,
            where="/",
            message=error.reason,
            pointer=error.pointer,
        )
        return _Verdict(ubl.Report.of((finding,), ruleset="", digest=""), b"")
    report = ubl.check_invoice(invoice, posted=content, ruleset=ruleset, as_of=as_of)
    try:
        xml = ubl.write(invoice)
    except ubl.WriteError:  # told in the report
        xml = b""
    return _Verdict(report, xml, content)


class _Told(ubl.Finding, frozen=True, kw_only=True):
    """A finding, and the JSON Patch that mends it."""

    patch: Patch | msgspec.UnsetType = msgspec.UNSET


def _as_json(file: Path, verdict: _Verdict, comparison: Comparison | None) -> str:
    report = verdict.report
    patches = {} if verdict.posted is None else patches_of(verdict.posted, report)
    told = {
        "file": str(file),
        "valid": report.valid,
        "ruleset": report.ruleset,
        "digest": report.digest,
        "findings": [
            _Told(**msgspec.structs.asdict(finding), patch=patches.get(place, msgspec.UNSET))
            for place, finding in enumerate(report.findings)
        ],
    }
    if comparison is not None:
        told["reference"] = comparison
    return msgspec.json.encode(told).decode()


def _as_text(file: Path, verdict: _Verdict, comparison: Comparison | None) -> str:
    report = verdict.report
    lines = [f"{file}: {'valid' if report.valid else 'NOT valid'} ({report.ruleset or 'no rule set'})"]
    for found in report.findings:
        place = found.where if found.pointer is None else found.pointer or "(the whole)"
        lines.append(f"  {found.severity} {found.layer} {found.rule} {place}\n      {found.message}")
    if comparison is not None:
        lines.append(f"  official rules: {_compared(comparison)}")
    return "\n".join(lines)


def _compared(comparison: Comparison) -> str:
    if not comparison.compared:
        return "not reached, the document is refused before"
    if comparison.aborted:
        return f"they give up ({comparison.aborted}); {'agreed' if comparison.agrees else 'we find nothing'}"
    if comparison.agrees:
        return "the same"
    return f"DIFFERENT, only ours: {comparison.only_ours}, only theirs: {comparison.only_theirs}"


def mend(options: argparse.Namespace) -> int:
    """Prints a posted invoice with what can be mended mended; to standard error, what was changed and what is left."""
    result = mended(_content(options.file), ruleset=options.ruleset, as_of=options.as_of)
    sys.stdout.buffer.write(msgspec.json.format(result.body, indent=2).rstrip() + b"\n")
    for change in result.changes:
        steps = "; ".join(
            f"{step.op} {step.path}"
            + ("" if step.value is msgspec.UNSET else f" {msgspec.json.encode(step.value).decode()}")
            for step in change.patch
        )
        print(f"mended {change.finding.rule}: {steps}", file=sys.stderr)
    for finding in result.report.findings:
        print(f"left: {finding.severity} {finding.rule} {finding.pointer}: {finding.message}", file=sys.stderr)
    return int(not result.report.valid)


def explain(options: argparse.Namespace) -> int:
    """Prints one rule in plain words."""
    from ubl.explain import explain as explanation_of

    try:
        told = explanation_of(options.rule)
    except KeyError:
        print(
            f"no rule has the id {options.rule!r}; docs/conformance.md lists them, `involinks explain` tells of GW-...",
            file=sys.stderr,
        )
        return 2
    print(f"{told.rule} ({told.layer}, {told.severity})\n  {told.title_en}\n  {told.why_en}\n  Mend: {told.mend_en}")
    print(f"  {told.title_ar}\n  {told.why_ar}\n  التصحيح: {told.mend_ar}")
    for term, english, arabic in told.terms:
        print(f"  {term}: {english} / {arabic}")
    if told.dead:
        print(f"  can't be broken: {told.dead}")
    if told.rule in REPAIRS:
        print("  JSON is mended by `python -m ubl mend` where the invoice itself says how")
    print(f"  {told.source}")
    if told.place:
        print(f"  {told.place}")
    return 0


def _content(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def _add_write(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.json")


def _add_read(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.xml")


def _add_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ruleset", metavar="R", help="id or version of the rules, such as 1.0.4")
    parser.add_argument("--as-of", metavar="D", type=date.fromisoformat, help="the rules in force on this day")


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object per line, with patches for posted JSON")
    _add_rules(parser)
    parser.add_argument("--reference", action="store_true", help="run the registered official rules beside ours")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")


def _add_mend(parser: argparse.ArgumentParser) -> None:
    _add_rules(parser)
    parser.add_argument("file", type=Path, metavar="FILE.json")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE")


Run = Callable[[argparse.Namespace], int]
COMMANDS: dict[str, tuple[Run, Callable[[argparse.ArgumentParser], None], str]] = {
    "check": (check, _add_check, "whether documents, UBL or JSON, are lawful"),
    "mend": (mend, _add_mend, "an invoice in JSON with what can be mended mended"),
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
