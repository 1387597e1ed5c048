# Few words: each works on a fresh clone. `make run ONCE=1` ends after the story.
PY := .venv/bin/python
.PHONY: run test check fix bench migrate fuzz install install-dev

run: install
	@$(PY) -m gateway demo $(if $(ONCE),--once)

install:
	@./install.sh

install-dev:
	@./install.sh dev

test: install-dev
	@sh .ci/tools mail || echo 'no mail server: its tests will be skipped' >&2
	@mkdir -p var
	@bash -c 'set -o pipefail; $(PY) -m pytest -n auto --dist loadfile -q $(ARGS) 2>&1 | tee var/test-report.txt'

check: install-dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

fix: install-dev
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: install-dev
	@$(PY) -m benchmarks $(ARGS)

migrate: install
	@$(PY) -m gateway migrate

fuzz: install-dev
	@FUZZ_RUNS=$(or $(RUNS),20000) $(PY) -m pytest -q tests/ubl/test_fuzz.py
