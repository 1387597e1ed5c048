"""Runs official rules on documents, alone in a process: what it reads from standard input, it answers line by line.

The first line is the list of stylesheets, each further line a document; all are JSON strings. Each answer is a line:
`{"fired": {rule: count}}`, or `{"aborted": message}` where the rules break on the document or don't compile. Nothing
of the project is imported, so that it starts by its path, isolated (`python -I`).

Saxon holds the interpreter's lock, doesn't survive a fork, and reads local files that a document or a stylesheet names
unless told otherwise: here it may open nothing, and not a byte can be written to a file.
"""

import json
import resource
import sys
from collections import Counter
from xml.etree import ElementTree as ET  # reads the reports that Saxon writes, never a document

from saxonche import PySaxonApiError, PySaxonProcessor

FEATURES = {
    "http://saxon.sf.net/feature/allowedProtocols": "",
    "http://saxon.sf.net/feature/allow-external-functions": "off",
    "http://saxon.sf.net/feature/parserFeature?uri=http://apache.org/xml/features/disallow-doctype-decl": "true",
}
FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"


def main() -> None:
    """Answers until standard input ends."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    processor = PySaxonProcessor(license=False)
    for name, value in FEATURES.items():
        processor.set_configuration_property(name, value)
    xslt = processor.new_xslt30_processor()
    try:
        rules = [xslt.compile_stylesheet(stylesheet_text=text) for text in json.loads(sys.stdin.readline())]
    except PySaxonApiError as error:
        print(json.dumps({"aborted": _sentence(error)}), flush=True)  # noqa: T201 - the answer
        return
    print("{}", flush=True)  # noqa: T201 - the answer: ready
    for line in sys.stdin:
        print(json.dumps(_answer(processor, rules, json.loads(line))), flush=True)  # noqa: T201 - the answer


def _answer(processor: PySaxonProcessor, rules: list[object], document: str) -> dict[str, object]:
    fired: Counter[str] = Counter()
    try:
        node = processor.parse_xml(xml_text=document)
        for rule in rules:
            report = ET.fromstring(rule.transform_to_string(xdm_node=node))  # type: ignore[attr-defined]  # noqa: S314
            fired.update(failed.get("id", "without id") for failed in report.iter(FAILED))
    except PySaxonApiError as error:
        return {"aborted": _sentence(error)}
    return {"fired": fired}


def _sentence(error: PySaxonApiError) -> str:
    return " ".join(str(error).split())[:500]


if __name__ == "__main__":
    main()
