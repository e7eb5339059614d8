# demo: see the main job run.  test: every check and test.  bench: what a probe costs.  fuzz: what a server can send.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint servers bench fuzz table clean

demo: .venv/demo
	$(BIN)/azpg-tls probe lab:azure-g2-2025

test: lint servers
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses auto --dist loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: .venv/dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/mypy --strict examples

# Real PostgreSQL servers of each major version, and PgBouncer, for the tests.
servers: .venv/dev
	$(BIN)/python -m tests.integration.install

# The README's table of findings, from the rules.
table: .venv/dev
	$(BIN)/python -m tests.table

bench: servers
	$(BIN)/python -m tests.bench

# What is new, and what fails, goes into build/fuzz; what is worth keeping, into tests/fuzz/corpus.
FUZZ_SECONDS ?= 60
fuzz: .venv/dev
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz $(FUZZ_SECONDS) build/fuzz

clean:
	rm -rf .venv dist build src/azpg_tls/bundle/data

# The editable install builds the bundle: it is made again when a source of either changes.
SOURCES := pyproject.toml hatch_build.py $(wildcard fixtures/ca/*.toml src/azpg_tls/bundle/*.py)

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python $(SOURCES)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/dev: .venv/bin/python $(SOURCES)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ .venv/demo
