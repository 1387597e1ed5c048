"""Recognising what stands on pages that are pictures.

pictures    JPEG, PNG, GIF, TIFF: a file's bytes to grey sheets, within bounds
upright     skew and quarter turns, and the way back to the page as it came
flat        lines that climb, laid level by their words
recipes     how a page is prepared and read: one table
engine      the `Ocr` protocol; `rapid` and `tesseract` keep it, `engines` knows which are at hand
quality     how well a page was read, without knowing what it says
merge       an English and an Arabic reading made one
reading     one page: recipe by recipe until the result is good
confined    the same, in a process that may fail and disturbs nobody: the way to read what strangers send
"""
