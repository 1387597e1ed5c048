#!/bin/sh
# Makes `.venv` and installs the pinned, hashed requirements. Usage: install.sh [dev]
# Needs python3 (3.11 or newer) with its venv module, and a package registry as pip is configured for; nothing else.
set -eu
cd "$(dirname "$0")"
kind=${1:-run}
venv=.venv/bin/python

export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
# Without a home there is no place for a cache.
if [ ! -w "${HOME:-/nonexistent}" ]; then export PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1; fi
# The machine's own certificate authorities count where it has any.
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then export UV_SYSTEM_CERTS=1; fi

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

wanted() {
    "$venv" --version
    cat requirements/runtime.txt
    if [ "$1" = dev ]; then cat requirements/dev.txt; fi
}

make_venv() {
    python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fail "Python 3.11 or newer is missing: apt-get install python3 python3-venv"
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1 ||
        { rm -rf .venv; fail "Python's venv module is missing: apt-get install python3-venv"; }
}

# uv is about ten times as fast as pip; it is pinned by hash like everything else. Where it can't do it, pip does.
with_uv() {
    pip -r requirements/uv.txt || return 1
    index=${PIP_INDEX_URL:-$("$venv" -m pip config get global.index-url 2>/dev/null || :)}
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi # it doesn't read pip's settings
    .venv/bin/uv pip install --quiet --python "$venv" --require-hashes -r .venv/wanted.txt
}

pip() {
    "$venv" -m pip install --quiet --no-input --require-hashes "$@"
}

if ! "$venv" -c '' 2>/dev/null; then make_venv; fi
if ! wanted "$kind" | cmp -s - ".venv/installed-$kind"; then
    "$venv" -m pip --version >/dev/null 2>&1 || make_venv # an earlier run was interrupted
    say "installing Python packages ..."
    cat requirements/runtime.txt > .venv/wanted.txt
    if [ "$kind" = dev ]; then cat requirements/dev.txt >> .venv/wanted.txt; fi
    with_uv || { say "uv could not; trying pip ..."; pip -r .venv/wanted.txt; } ||
        fail "The packages could not be installed: is the package registry reachable?"
    wanted "$kind" > ".venv/installed-$kind"
    if [ "$kind" = dev ]; then wanted run > .venv/installed-run; fi
fi
"$venv" -m schemas install --quiet
# The command `involinks`.
if [ ! -x .venv/bin/involinks ]; then
    cat > .venv/bin/involinks <<'END'
#!/bin/sh
here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
PYTHONPATH=$here exec "$here/.venv/bin/python" -m gateway "$@"
END
    chmod 755 .venv/bin/involinks
fi
