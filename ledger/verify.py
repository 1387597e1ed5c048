"""Find the first entry that doesn't hold, with nothing but stored bytes and public keys.

A `Verification` puts stretches (`ledger.stretch`, where the checks of each entry are) together into one judgement about
one company's ledger, and at the end looks at what only the whole can tell:

    14 all entries of the head were seen, and nothing lies behind it   15 the head names the last entry
    16 content that was destroyed                                      17 the key in force, and the table of keys
    18 the tree's frontier and the number of nodes                     19 the newest checkpoint covers the head
    20 what others keep about this ledger

What the levels up to `CHECKPOINTS` can't find: a tail cut off together with the head and its checkpoints, and the work
of someone who holds the keys and rewrites all that follows. A checkpoint that somebody else kept finds both: begin
from it (`since`), or give it as a `Statement`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from ledger.entry import decode
from ledger.errors import LedgerError
from ledger.key_windows import KeyWindows
from ledger.merkle import EMPTY, STORED, Frontier
from ledger.record import Head, PublicKey
from ledger.report import Checked, Failure, Level, Reason, Report, Segment
from ledger.stretch import (
    Batch,
    Facts,
    FactsOf,
    Gone,
    Joint,
    Outcome,
    Stretch,
    Subject,
    beginning,
    first_of,
)

__all__ = ["Batch", "End", "Facts", "FactsOf", "Gone", "Joint", "Known", "Progress", "Statement", "Verification"]


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How the ledger stands after its last entry was read; all of it read in one snapshot."""

    head: Head
    last_seq: int | None
    keys: tuple[PublicKey, ...]
    last_checkpoint: int | None = None
    """Size of the newest stored checkpoint."""
    nodes: int | None = None
    """How many nodes of the tree are stored; None from a source that stores none."""
    erasures: tuple[Gone, ...] = ()
    """Entries that were appended meanwhile and say that content was destroyed."""


class Statement(Protocol):
    """What somebody outside keeps about a ledger: a cosigned note, a time stamp, a checkpoint written down."""

    @property
    def size(self) -> int:
        """About the first so many entries."""
        ...

    def fault(self, root: bytes) -> Failure | None:
        """Why it doesn't hold of a ledger that has this root at this size; None if it does."""
        ...


class Known(msgspec.Struct, frozen=True):
    """A checkpoint that was known before, and believed."""

    size: int
    root: bytes

    def fault(self, root: bytes) -> Failure | None:
        """See `Statement`."""
        if root == self.root:
            return None
        detail = f"the first {self.size} entries had the root {self.root.hex()}, now they have {root.hex()}"
        return Failure(max(self.size - 1, 0), Reason.HISTORY_REWRITTEN, detail)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification needs to go on after a break."""

    head: Head
    joint: Joint
    since: int
    checked: Checked
    failed: int
    failures: tuple[Failure, ...]
    segments: tuple[Segment, ...]
    roots: dict[int, bytes]
    gone: tuple[Gone, ...]
    erasures: tuple[Gone, ...]


class Verification:
    """One judgement about one company's ledger."""

    def __init__(
        self,
        head: Head,
        *,
        level: Level,
        facts_of: FactsOf | None = None,
        deep: bool = False,
        start: Joint | None = None,
        proven: int = 0,
        known: Known | None = None,
        statements: Sequence[Statement] = (),
    ) -> None:
        """`head`: read before the entries; what is appended after it is left to the next verification.

        `start`: begin there and not at the first entry, from a joint that was shown to be sound with the help of
        `proven` entries before it. `known`: believed by whoever asks, and compared; unlike `statements` it is nothing
        that somebody outside vouches for. Of a size before `start` nothing can be compared.
        """
        self.head = head
        self.subject = Subject(company_id=head.company_id, origin=head.origin, level=level, deep=deep)
        self._known, self._statements = known, tuple(statements)
        self.since = start.size if start else 0
        self._facts_of = facts_of
        self._checked = Checked(proven=proven)
        self._failed = 0
        self._failures: list[Failure] = []
        self._segments: list[Segment] = []
        self._roots: dict[int, bytes] = {}
        self._gone: list[Gone] = []
        self._erasures: list[Gone] = []
        self._stretch: Stretch | None = None
        self._finished = False
        try:
            self.joint = start or beginning(head)
        except LedgerError as error:
            self.joint = Joint(size=0, previous=b"")
            self.fail(Failure(0, Reason.HEAD_WRONG, str(error)))

    @property
    def wanted(self) -> frozenset[int]:
        """The sizes at which the root has to be known."""
        told: tuple[Statement, ...] = self._statements if self._known is None else (*self._statements, self._known)
        return frozenset(statement.size for statement in told)

    @property
    def next_seq(self) -> int:
        """The entry that comes next."""
        return self._stretch.next_seq if self._stretch else self.joint.size

    @property
    def done(self) -> bool:
        """Whether every entry of the head was seen."""
        return self.next_seq >= self.head.count

    def feed(self, batch: Batch) -> None:
        """Check the next records where the last ones ended. Blocks: call it in a thread from a loop."""
        if self._stretch is None:
            self._stretch = Stretch(self.subject, self.joint, facts_of=self._facts_of, wanted=self.wanted)
        self._stretch.feed(batch)

    def close(self) -> None:
        """End the segment that `feed` is in; the next one begins behind it."""
        if self._stretch is not None:
            stretch, self._stretch = self._stretch, None
            self.add(stretch.outcome())

    def add(self, outcome: Outcome) -> None:
        """Take over what a stretch was found to be; it must begin where the last one ended."""
        if outcome.start != self.joint and not self._failed:
            detail = "the stored state here is not what the entries before give"
            self.fail(Failure(outcome.start.size, Reason.JOINT_BROKEN, detail))
        self._segments.append(
            Segment(
                first=outcome.start.size, last=outcome.end.size - 1, hash=outcome.end.previous.hex(),
                failed=outcome.failed,
            )
        )  # fmt: skip
        self._checked += outcome.checked
        self._failed += outcome.failed
        self._failures = first_of([*self._failures, *outcome.failures])
        self._roots |= outcome.roots
        self._gone += outcome.gone
        self._erasures += outcome.erasures
        self.joint = outcome.end

    def fail(self, failure: Failure) -> None:
        """Record a failure, also one that the caller found by other means."""
        self._failed += 1
        placed = failure if failure.seq >= 0 else Failure(0, failure.reason, failure.detail)
        self._failures = first_of([*self._failures, placed])

    def count_closes(self, good: int) -> None:
        """Note so many period closes that were made again (`ledger.periods`), which takes the whole ledger at once."""
        self._checked = self._checked + Checked(closes=good)

    def progress(self) -> Progress:
        """To go on from, in another process if need be: the segments so far."""
        return Progress(
            head=self.head,
            joint=self.joint,
            since=self.since,
            checked=self._checked,
            failed=self._failed,
            failures=tuple(self._failures),
            segments=tuple(self._segments),
            roots=self._roots,
            gone=tuple(self._gone),
            erasures=tuple(self._erasures),
        )

    def go_on(self, progress: Progress) -> None:
        """Take up what another process left, of a verification with the same head, level and beginning."""
        self.joint, self.since = progress.joint, progress.since
        self._checked, self._failed = progress.checked, progress.failed
        self._failures, self._segments = list(progress.failures), list(progress.segments)
        self._roots = dict(progress.roots)
        self._gone, self._erasures = list(progress.gone), list(progress.erasures)

    def finish(self, end: End) -> Report:
        """The outcome."""
        self.close()
        head, last = self.head, max(self.head.count - 1, 0)
        # 14 All of the head's entries, and nothing behind it.
        if not self.done:
            detail = f"entries {self.next_seq} to {head.count - 1} are not there"
            self.fail(Failure(self.next_seq, Reason.ENTRY_MISSING, detail))
        elif (-1 if end.last_seq is None else end.last_seq) != end.head.count - 1:
            detail = f"the head ends at {end.head.count - 1}, entries at {end.last_seq}"
            self.fail(Failure(end.head.count, Reason.BEYOND_HEAD, detail))
        # 15 The head names the last entry.
        elif self.joint.previous != head.hash:
            self.fail(Failure(last, Reason.HEAD_WRONG, "the head's hash is not the last entry's"))
        if self.subject.level >= Level.CONTENTS:
            self._check_erasures(end)
        if self.subject.level >= Level.SEALS:
            self._check_keys(end)
        if self._checked.entries + self._checked.proven == 0 and not self._failures:
            self.fail(Failure(0, Reason.NOTHING_CHECKED, "the ledger is empty: there is nothing that could hold"))
        elif self.subject.level >= Level.CHECKPOINTS:
            self._check_tree(end)
            self._check_statements()
        self._finished = True
        return self.report()

    def report(self) -> Report:
        """What is known so far; `incomplete` unless something failed or `finish` was reached."""
        self.close()
        whole = self._finished and not self._checked.closed
        status = "failed" if self._failed else "ok" if whole else "incomplete"
        size = self.joint.size
        return Report(
            company_id=self.head.company_id,
            status=status,  # type: ignore[arg-type]  # one of the three literals above
            level=self.subject.level,
            head_count=self.head.count,
            head_hash=self.head.hash.hex(),
            root=_root_of(self.joint).hex() if size == self.head.count else "",
            deep=self.subject.deep,
            since=self.since,
            checked=self._checked,
            failed=self._failed,
            failures=tuple(self._failures),
            segments=tuple(self._segments),
        )

    def _check_erasures(self, end: End) -> None:
        # 16 Whatever content is gone, an entry about its document says so.
        said = {(erasure.series, erasure.number): erasure.seq for erasure in (*self._erasures, *end.erasures)}
        for gone in self._gone:
            about = (gone.series, gone.number)
            if about == ("", "") or said.get(about, -1) <= gone.seq:  # what is about no document isn't erased with one
                detail = "the content was destroyed, and no later entry says so"
                self.fail(Failure(gone.seq, Reason.CONTENT_MISSING, detail))

    def _check_keys(self, end: End) -> None:
        # 17 The key in force, and the table of keys.
        keys = KeyWindows(self.head.company_id)
        for record in self.joint.keys:
            keys.check(decode(record.body), record.signature or b"", record.canonical or b"", record.attached)
        if self.done and keys.in_force != self.head.key_id:
            detail = f"the head signs with {self.head.key_id.hex()}, in force is {keys.in_force.hex()}"
            self.fail(Failure(max(self.head.count - 1, 0), Reason.HEAD_WRONG, detail))
        for failure in keys.compare(end.keys, until=self.head.count, now_count=end.head.count):
            self.fail(failure)

    def _check_tree(self, end: End) -> None:
        last = max(self.head.count - 1, 0)
        at_head = self.joint.size == self.head.count  # a file may hold entries behind the head, which failed already
        # 18 The frontier that the next append builds on, and no node that nobody asked for.
        if at_head and self.joint.peaks not in (None, self.head.peaks):
            self.fail(Failure(last, Reason.HEAD_WRONG, "the head's frontier is not that of the entries"))
        should_be = sum(end.head.count >> level for level in range(STORED, 64, STORED))
        if end.nodes not in (None, should_be):
            detail = f"{end.nodes} nodes are stored, {end.head.count} entries give {should_be}"
            self.fail(Failure(end.head.count, Reason.TREE_WRONG, detail))
        # 19 The newest checkpoint covers the head.
        if at_head and not self.joint.noted and self.head.count > self.since:
            self.fail(Failure(last, Reason.CHECKPOINT_MISSING, "the head has no checkpoint"))
        if end.last_checkpoint is not None and end.last_checkpoint > end.head.count:
            detail = f"there is a checkpoint of {end.last_checkpoint} entries, the head has {end.head.count}"
            self.fail(Failure(end.head.count, Reason.HISTORY_CUT, detail))

    def _check_statements(self) -> None:
        # 20 What is known, and what others keep.
        if self._known is not None:
            self._agrees(self._known)
        agreeing = sum(self._agrees(statement) for statement in self._statements)
        self._checked += Checked(witnessed=agreeing)
        if self.subject.level >= Level.WITNESSED and not agreeing:
            detail = "no statement from outside agrees with it"
            self.fail(Failure(max(self.head.count - 1, 0), Reason.WITNESS_MISSING, detail))

    def _agrees(self, statement: Statement) -> bool:
        if statement.size > self.head.count:
            detail = f"the ledger has {self.head.count} entries, {statement.size} are vouched for"
            self.fail(Failure(self.head.count, Reason.HISTORY_CUT, detail))
            return False
        root = self._roots.get(statement.size, None if statement.size else EMPTY)
        if root is None:
            return False  # entries are missing, which failed already, or it lies before what was looked at
        failure = statement.fault(root)
        if failure is not None:
            self.fail(failure)
        return failure is None and statement.size > 0  # that it was empty once is true of every ledger


def _root_of(joint: Joint) -> bytes:
    """The root at a joint; empty where there is no tree."""
    return Frontier(joint.size, joint.peaks).root() if joint.peaks else b""
