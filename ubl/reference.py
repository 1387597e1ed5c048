"""Official rule sets beside ours: what OpenPeppol's own stylesheets say of a document, and where we say otherwise.

They are run by Saxon (`saxonche`, the extra `reference`) in a process of their own, from the files that an operator
registered (`python -m schemas install DIR`); we carry none of them. Any difference is a fault of ours or a change of
theirs: a continuous proof. What the published rules break on, docs/conformance.md lists.

    ReferenceFault
    ├── ReferenceUnavailable   no Saxon, or no rule set registered for this kind of document
    └── ReferenceBroken        the rules don't compile, the process died or took too long
"""

import importlib.util
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import msgspec
from lxml import etree
from msgspec import UNSET, Struct, UnsetType

from schemas import xmlsafe
from schemas.manifest import INSTALLED
from schemas.register import registered
from ubl.findings import Layer, Report

PATIENCE = 300.0
"""Seconds for one document, and for compiling the rules."""
_WORKER = Path(__file__).with_name("reference_worker.py")
_UBL = (
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
)
_TAX_DATA = "urn:peppol:schema:taxdata"
_TYPES = {"' 380 ": "billing", "' 389 ": "selfbilling"}
"""What stands in the rules of one process only: its list of invoice types."""
_PUBLISHED = (Layer.PINT, Layer.PINT_AE)


class ReferenceFault(Exception):
    """The official rules can't be run; the message says what to do."""


class ReferenceUnavailable(ReferenceFault):
    """Saxon isn't installed, or no rule set is registered."""


class ReferenceBroken(ReferenceFault):
    """The rules can't be compiled, or the process that runs them ended or hangs."""


class Answer(Struct, frozen=True):
    """What the official rules say of one document."""

    fired: dict[str, int] | UnsetType = UNSET
    """Rule id -> how often it failed."""
    aborted: str | UnsetType = UNSET
    """Why the rules themselves gave up."""


class Comparison(Struct, frozen=True, kw_only=True):
    """Their verdict beside ours."""

    compared: bool
    """False where a document is refused before its rules are reached, by them as by us."""
    agrees: bool
    only_ours: dict[str, int] = {}
    """Rule id -> how many more findings we have."""
    only_theirs: dict[str, int] = {}
    aborted: str = ""
    """Why the official rules gave up; agrees where we find the document invalid (docs/conformance.md)."""


class Reference:
    """The registered rule sets of one process, ready to judge documents; one worker process, closed with it."""

    def __init__(self, stylesheets: tuple[str, ...]) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        self._worker = subprocess.Popen(  # noqa: S603 - our own file, started by our own interpreter
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={},
            cwd="/",
        )
        try:
            ready = msgspec.json.decode(self._ask(stylesheets), type=Answer)
            if ready.aborted is not UNSET:
                raise ReferenceBroken(f"the registered rules don't compile: {ready.aborted}")
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __enter__(self) -> "Reference":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.kill()
        self._worker.wait()
        for pipe in (self._worker.stdin, self._worker.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was never read by a worker that died
                    continue
        self._errors.close()

    def judge(self, xml: bytes) -> Answer:
        """What the official rules say of a document that `schemas.xmlsafe` takes. Raises `ReferenceBroken`.

        They get it as our hardened parser understood it: no DTD, no entity, nothing to fetch.
        """
        return msgspec.json.decode(self._ask(etree.tostring(xmlsafe.parse(xml), encoding="unicode")), type=Answer)

    def _ask(self, question: object) -> bytes:
        """One line there, one line back."""
        assert self._worker.stdin is not None and self._worker.stdout is not None  # noqa: S101 - both are pipes
        watch = threading.Timer(PATIENCE, self._worker.kill)
        watch.start()
        try:
            self._worker.stdin.write(msgspec.json.encode(question) + b"\n")
            self._worker.stdin.flush()
            answer = self._worker.stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            watch.cancel()
        if not answer:
            self._worker.kill()
            self._errors.seek(0)
            told = self._errors.read().decode(errors="replace").strip().splitlines()
            ended = f"the process gave no answer within {PATIENCE:.0f} s, or ended: code {self._worker.wait()}"
            reason = told[-1][:500] if told else ended
            raise ReferenceBroken(f"the official rules could not be run: {reason}")
        return answer


class References:
    """One `Reference` per process (billing, self-billing), started when first needed."""

    def __init__(self, installed: Path = INSTALLED) -> None:
        self._installed = installed
        self._open: dict[str, Reference] = {}

    def compare(self, xml: bytes, report: Report) -> Comparison:
        """Their verdict on a document beside our report of it. Raises `ReferenceFault`."""
        if not report.ruleset.startswith("pint-ae-") or any(
            each.layer in (Layer.XML, Layer.XSD) for each in report.findings
        ):
            return Comparison(compared=False, agrees=True)
        process = "selfbilling" if "selfbilling" in report.ruleset else "billing"
        if process not in self._open:
            self._open[process] = Reference(stylesheets(process, installed=self._installed))
        return difference(self._open[process].judge(xml), report)

    def close(self) -> None:
        """Ends the processes."""
        for reference in self._open.values():
            reference.__exit__(None, None, None)


@contextmanager
def references(installed: Path = INSTALLED) -> Iterator[References]:
    """The registered official rule sets; raises `ReferenceUnavailable` at once where there are none."""
    if importlib.util.find_spec("saxonche") is None:
        raise ReferenceUnavailable("Saxon isn't installed; it comes with the extra: pip install 'involinks[reference]'")
    if not registered(installed=installed):
        raise ReferenceUnavailable(
            "no official rule set is registered: unpack OpenPeppol's and name its folder, python -m schemas install DIR"
        )
    found = References(installed)
    try:
        yield found
    finally:
        found.close()


def stylesheets(process: str, *, installed: Path = INSTALLED) -> tuple[str, ...]:
    """The registered stylesheets for invoices and credit notes of a process, each once. Told apart by what they say."""
    found: dict[str, str] = {}
    for entry in registered(installed=installed):
        for name, digest in entry.files.items():
            if name.endswith((".xslt", ".xsl")) and digest not in found:
                text = (Path(entry.folder) / name).read_text("utf-8")
                other = any(mark in text for mark, owner in _TYPES.items() if owner != process)
                if any(space in text for space in _UBL) and _TAX_DATA not in text and not other:
                    found[digest] = text
    if not found:
        raise ReferenceUnavailable(f"no registered rule set is for {process} documents: python -m schemas install DIR")
    return tuple(found.values())


def difference(answer: Answer, report: Report) -> Comparison:
    """Where an answer and our report differ, over the published rules; our advice isn't compared."""
    if answer.aborted is not UNSET:
        return Comparison(compared=True, agrees=not report.valid, aborted=answer.aborted)
    theirs = Counter({} if answer.fired is UNSET else answer.fired)
    ours = Counter(finding.rule for finding in report.findings if finding.layer in _PUBLISHED)
    return Comparison(
        compared=True,
        agrees=ours == theirs,
        only_ours=dict(ours - theirs),
        only_theirs=dict(theirs - ours),
    )
