"""From a supplier's document to a bill that may be paid. Knows nothing of HTTP or the database; everything is a value.

read        a file to its documents, each judged: the way in
detect      what kind of file it is, by its content; within `bounds`
readers     values from XML, also inside a PDF; words and their places from a PDF's text layer
ocr         recognising pages that are pictures
comparison, arithmetic, confidence, calibration   which reading stands, whether sums bear it out, how sure it is
confinement, instruments    processes that may fail, and a worker's set of them
extract     our own rules over those words: header, lines, kind of document, each value with its place
matching    a bill against what was ordered and received: findings per line, one verdict, what would make it match
"""
