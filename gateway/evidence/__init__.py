"""Everything that proves what became of one document, in one file that is verified without us.

database, storage --gather--> what belongs to the document --write--> ZIP --verify_evidence.py--> holds, or what not
"""
