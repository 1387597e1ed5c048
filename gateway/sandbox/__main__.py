"""`python -m gateway.sandbox --port 9000 --folder var/network`; the token is read from standard input, one line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway.sandbox.server import serve

parser = argparse.ArgumentParser(prog="python -m gateway.sandbox", description="A sandbox network.")
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--folder", type=Path, required=True)
given = parser.parse_args()
token = sys.stdin.readline().strip()
if len(token) < 16:
    parser.error("write a token of at least 16 characters to standard input")
serve(port=given.port, folder=given.folder, token=token)
