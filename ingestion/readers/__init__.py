"""Readers: from a file's bytes to words in their places, or to values where the file states them itself.

    ubl_xml          UBL 2 invoices and credit notes of any profile
    cii              UN/CEFACT Cross Industry Invoice: Factur-X, ZUGFeRD 2, XRechnung; and ZUGFeRD 1
    pdf_attachments  the XML inside a PDF
    pdf_text         the text layer of a PDF: words as a person sees them
    confined         the same, in a process that may fail: the way to read what strangers send
    agreement        whether what a file states is also what it shows

XML is parsed by `schemas.xmlsafe` only. PDFs are opened by PDFium, which is C: `pdf_text.read` opens them in this
process and is for files that are trusted; `confined.Confined` is for all others.
"""
