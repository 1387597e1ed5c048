"""A company's accounts at providers, as its people see and change them, and the looks that keep an eye on them."""
