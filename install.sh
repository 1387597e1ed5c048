#!/bin/sh
# Makes `.venv` and installs the pinned, hashed requirements. Usage: install.sh [dev]
set -eu
cd "$(dirname "$0")"

say() { printf '%s\n' "$*" >&2; }

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    { say "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
if [ ! -x .venv/bin/python ]; then
    "$python" -m venv .venv 2>/dev/null ||
        { rm -rf .venv; say "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
fi

cat requirements/runtime.txt > .venv/wanted.txt
[ "${1:-}" = dev ] && cat requirements/dev.txt >> .venv/wanted.txt
if ! cmp -s .venv/wanted.txt ".venv/installed-${1:-run}.txt"; then
    say "installing Python packages ..."
    # uv is about ten times as fast as pip; it is pinned by hash like everything else. pip alone does where it can't run.
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt || true
    if [ -x .venv/bin/uv ]; then
        UV_PYTHON_DOWNLOADS=never .venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r .venv/wanted.txt
    else
        .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/wanted.txt
    fi
    cp .venv/wanted.txt ".venv/installed-${1:-run}.txt"
    [ "${1:-}" = dev ] && cp requirements/runtime.txt .venv/installed-run.txt
fi
.venv/bin/python -m schemas install --quiet
