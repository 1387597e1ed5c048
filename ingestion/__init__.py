"""From a supplier's document to a bill that may be paid. Knows nothing of HTTP or the database; everything is a value.

detect      what kind of file it is, by its content; within `bounds`
readers     values from XML, also inside a PDF; words and their places from a PDF's text layer
extract     our own rules over those words: header, lines, kind of document, each value with its place
matching    a bill against what was ordered and received: findings per line, one verdict, what would make it match
"""
