"""Forms: the light form of a part of a document, with blanks for its texts.

The parts of a document are its head (all that isn't a line) and each of its lines. Reading one from lxml, element by
element, costs more than all its rules. But invoices of one sender, as the lines of one invoice, are marked up alike,
down to attributes and codes: so the light form of a part is kept, with what there is to test in it, under the tags and
the codes of its markup, and the next part with the same ones only fills in its other texts.

This is sound because two parts with the same tags, prefixes being those of a root with the same tag, differ in nothing
but the texts between them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, repeat
from typing import Any

from lxml import etree

from ubl.rules.document import Document
from ubl.rules.plans import Entry, Task
from ubl.rules.states import State
from ubl.rules.tree import FILE, Leaf, Node
from ubl.rules.values import SPACE

_file_name = re.compile(f' {FILE}="[^"]*"')  # libxml2 writes no other quotes, and none in a value
NOTHING = "<>"
_NO_ATTRIBUTES: dict[str, str] = {}


class Form:
    """One part of a document. Whoever fills it in has it to himself until all is tested."""

    __slots__ = ("blanks", "items", "notes", "part", "tests", "top")

    def __init__(self, top: Node) -> None:
        self.top = top
        """The root, everything else of the part below it."""
        self.part = top
        """The part: the root without its lines, or one line."""
        self.items: list[Leaf | Node] = []
        """The elements of the part in document order."""
        self.notes: list[tuple[Callable[..., None], Any, Node | None]] = []
        """What is noted in passing: the function, the element and its parent (none: the root of the document)."""
        self.tests: list[tuple[Entry, Any, Node | None]] = []
        """What is left to test: the entry, the element and its parent."""
        self.blanks: list[tuple[Leaf | Node, int]] = []
        """The elements whose text is to be filled in, and where it is among the pieces of the markup."""

    def read(self, child: etree._Element, state: State) -> tuple[list[Task], list[object]]:
        """Take a child of the root, and all below it, from lxml: what has rules, and the shape.

        The shape is the states of all elements in document order, each with its attributes, its text where that is a
        code, and whether it has one at all where UBL forbids it.
        """
        work: list[Task] = []
        shape: list[object] = []
        self._read(child.iter(), 1, state, self.top, work, shape)
        return work, shape

    def _read(
        self,
        walk: Iterator[etree._Element],
        amount: int,
        state: State,
        item: Node,
        work: list[Task],
        shape: list[object],
    ) -> None:
        """Take the next elements of a walk in document order, and all below them, as part of `item`.

        `amount` is how many there are beside each other; what is below one follows right after it.
        """
        for element in islice(walk, amount):
            sub = state.child(element.tag)
            inside = len(element)
            text = element.text or ""
            if inside == 0 and not text.strip(SPACE):
                sub = sub.blank
            shape.append(sub)
            value: Any
            if sub.leaf:
                attributes = {str(name): str(value) for name, value in element.items()}
                value = Leaf(sub.path, len(self.items), text, (attributes or _NO_ATTRIBUTES).get, code=sub.code)
                if sub.code:
                    shape.append(text)
                if attributes:
                    shape.extend((name, name == FILE or value) for name, value in attributes.items())
            else:
                value = node_of(element, len(self.items))
            self.items.append(value)
            if inside and sub.leaf:  # which UBL forbids
                shape.append(bool(text.strip(SPACE)))
                self._read(walk, inside, sub, Node(), work, shape)
            elif inside:
                self._read(walk, inside, sub, value, work, shape)
            item.setdefault(sub.name, []).append(value)
            up = None if item is self.top else item
            if sub.note is not None:
                self.notes.append((sub.note, value, up))
            if sub.busy:
                work.append((sub, value, item))

    def take(self, entries: Iterable[Entry], work: Sequence[Task]) -> None:
        """Take what is left to test for some elements."""
        for entry in entries:
            _, item, up = work[entry.place]
            self.tests.append((entry, item, None if up is self.top else up))

    def fill(self, parts: Sequence[str]) -> bool:
        """Take the texts of another part with the same tags and codes.

        False where one is of nothing but spaces, which rules tell apart: this form isn't that part's then.
        """
        for item, place in self.blanks:
            text = parts[place]
            if text < "!" and not text.strip(SPACE):
                return False
            item.text = text
        return True

    def note(self, document: Document) -> None:
        """Tell the document what its rules want to know of this part."""
        for note, item, up in self.notes:
            note(item, up, document)


class Layout:
    """The forms of parts with the same tags, by their codes."""

    __slots__ = ("_codes", "_forms")

    def __init__(self, codes: tuple[int, ...]) -> None:
        self._codes = codes
        """Where the codes are among the pieces of the markup."""
        self._forms: dict[tuple[str, ...], Form] = {}

    def take(self, parts: Sequence[str]) -> Form | None:
        """The form with these codes, filled in; nobody else has it until it is given back."""
        form = self._forms.pop(self._key(parts), None)
        return form if form is not None and form.fill(parts) else None

    def give(self, parts: Sequence[str], form: Form) -> None:
        self._forms[self._key(parts)] = form

    def _key(self, parts: Sequence[str]) -> tuple[str, ...]:
        return tuple([parts[place] for place in self._codes])


def layout(form: Form, parts: Sequence[str], elements: Sequence[etree._Element]) -> Layout | None:
    """The layout of a form that was read from these elements, `parts` being the pieces of their markup.

    None when the tags aren't those of the elements, one by one, nor when a text is of nothing but spaces: there can be
    no other part like it then.
    """
    opening = [place for place in range(1, len(parts), 2) if not parts[place].startswith("/")]
    if len(opening) != len(elements):
        return None
    codes = []
    for place, item, element in zip(opening, form.items, elements, strict=True):
        tag = parts[place]
        if tag.removesuffix("/").partition(" ")[0] != _qualified(element):
            return None
        if tag.endswith("/"):
            continue
        childless = len(element) == 0
        if childless and not parts[place + 1].strip(SPACE):
            return None
        if isinstance(item, Leaf) and item.code:
            codes.append(place + 1)
        elif childless or isinstance(item, Leaf):
            form.blanks.append((item, place + 1))
    return Layout(tuple(codes))


def node_of(element: etree._Element, place: int) -> Node:
    """An empty node for an element, with its text where nothing else is in it."""
    node = Node()
    node.place, node.tag, node.text = place, element.tag, "" if len(element) else element.text or ""
    return node


def pieces(markup: str) -> list[str]:
    """Markup apart: tags (without their angle brackets) at the odd places, and the text after each at the even ones.

    Names of files are left out of the tags: they are others in every document.
    """
    parts = markup.replace(">", "<").split("<")  # libxml2 writes neither of them in a value
    if FILE in markup:
        parts[1::2] = [_file_name.sub(f" {FILE}", tag) if FILE in tag else tag for tag in parts[1::2]]
    if "&" in markup:
        parts[2::2] = [_unescaped(text) if "&" in text else text for text in parts[2::2]]
    return parts


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&#13;", "\r").replace("&amp;", "&")


def cut(root: etree._Element, lines: Sequence[etree._Element]) -> Iterator[str]:
    """The markup of a document's head, then that of each of its lines.

    It is cut where tags say that lines begin and end. That needs all to have the same prefix, none to be empty, and no
    other element to be called so; where it isn't so, what is yielded is the markup of nothing.
    """
    text = etree.tostring(root, encoding="unicode", with_tail=False)
    if not lines:
        yield text
        return
    name = _qualified(lines[0])
    start, stop, prefix = f"<{name}", f"</{name}>", lines[0].prefix
    spans: list[tuple[int, int]] = []
    head, end = [], 0
    if text.count(start) == len(lines) and all(line.prefix == prefix for line in lines):
        for _ in lines:
            begin = text.find(start, end)
            closing = text.find(stop, begin)
            if closing < 0:
                break
            head.append(text[end:begin])
            end = closing + len(stop)
            spans.append((begin, end))
    if len(spans) < len(lines):
        yield from repeat(NOTHING, len(lines) + 1)
        return
    head.append(text[end:])
    yield "".join(head)
    for begin, end in spans:
        yield text[begin:end]


def _qualified(element: etree._Element) -> str:
    """The name of an element as its tag has it."""
    name = element.tag.rpartition("}")[2]
    return f"{element.prefix}:{name}" if element.prefix else name
