# What a person runs from a clone. Needs make and Python 3.11 or later; all else goes into .venv.
# Nothing is written outside of .venv but byte code beside the sources.

VENV := .venv
BIN := $(VENV)/bin
CACHE := $(VENV)/cache
LOCK := .ci/requirements.lock
READY := $(VENV)/.ready
WORKERS ?= 2

# the first Python that is new enough; "make PYTHON=..." chooses another
PYTHON ?= $(firstword $(foreach candidate,python3 python3.13 python3.12 python3.11,\
	$(shell $(candidate) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		&& echo $(candidate))))

export HYPOTHESIS_STORAGE_DIRECTORY := $(CACHE)/hypothesis

.PHONY: help demo test lint bench fuzz setup lock
.DEFAULT_GOAL := help

help:
	@echo "make demo    send real mail on loopback, watch the answers, report the gaps"
	@echo "make test    lint, types, layers, every test, coverage"
	@echo "make lint    only what reads the sources"
	@echo "make bench   measure; nothing passes or fails by time"
	@echo "make fuzz    the property tests with many more examples; mutated reports (atheris, if installed)"
	@echo "make lock    resolve the dependencies again into $(LOCK)"

setup: $(READY)

$(READY): $(LOCK) pyproject.toml
	@test -n "$(PYTHON)" || { echo "landed needs Python 3.11 or later, as python3 or python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "Python cannot make an environment (Debian: python3-venv)" >&2; exit 1; }
	@echo '*' > $(VENV)/.gitignore
	@# the lock is whole, so nothing is resolved: a release newer than it cannot come in by an extra
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $(LOCK)
	@$(BIN)/python -m pip check --quiet --disable-pip-version-check
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@# its parser tables are written at the first import: once here, before two processes race for it
	@$(BIN)/python -W ignore -c 'import logging; logging.disable(); import flanker.addresslib.address'
	@touch $@

demo: $(READY)
	@$(BIN)/landed demo

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy agent parsers store tests
	$(BIN)/lint-imports --cache-dir $(CACHE)/import-linter

# a worker takes whole files and starts its own servers, at most one of each kind
test: lint
	@mkdir -p $(CACHE)/coverage
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --cov --cov-report term

bench: $(READY)
	@for program in tests/bench/bench_*.py; do \
		echo "== $$program"; PYTHONPATH=. $(BIN)/python "$$program" || exit 1; \
	done

fuzz: $(READY)
	$(BIN)/python -m pytest -p tests.plugins.fuzzing --hypothesis-profile fuzz tests/property
	PYTHONPATH=. $(BIN)/python tests/bench/fuzz_read.py

# hatchling and editables build the package itself, without a second environment
lock: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	printf 'hatchling\neditables\n' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate \
		--extra demo --extra ses --extra test pyproject.toml - --output-file $(LOCK)
