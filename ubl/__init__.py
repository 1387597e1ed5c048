"""UBL 2.1 and PINT-AE: the invoice as a value, its XML, and whether it is lawful."""
