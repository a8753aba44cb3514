# The tasks of this repository. GNU Make 3.81 or newer is enough; macOS includes it.
#
# Choose another Python with PYTHON=python3.12. Pass arguments to pytest with ARGS="-k inbox".

PYTHON ?= python3
ARGS ?=
WORKERS ?= auto
MINUTES ?= 1
SEED ?=

VENV := .venv
PY := $(VENV)/bin/python
CONSTRAINTS := .ci/constraints.txt
INPUTS := pyproject.toml $(CONSTRAINTS)

# One environment with three marker files: created, ready to use Holdfast, ready to develop it.
MADE := $(VENV)/.made
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

PIP := -m pip --disable-pip-version-check --quiet
# Older releases of pip use the first of these for the build environment, newer ones the second.
PINNED := PIP_CONSTRAINT=$(CONSTRAINTS) PIP_BUILD_CONSTRAINT=$(CONSTRAINTS)
# The tests in each folder import what is beside them, so mypy runs once for each folder.
SOURCES := core:tui
TYPES_OF_TESTS := $(PY) -m mypy --config-file tests/mypy.ini
VERSION_OF = -c 'import sys; print("%d.%d" % sys.version_info[:2])'

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test quick check format bench chaos screenshots snapshots wheel test-lowest constraints clean

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

demo: $(READY) ## Open the app with demo flows that need an answer
	@$(VENV)/bin/holdfast demo

test: $(READY_DEV) ## Run the tests
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

quick: $(READY_DEV) ## Run the tests that start no process, run no app, search for no examples and take under half a second
	@$(PY) -m pytest -n $(WORKERS) -m "not live and not slow and not hypothesis" $(ARGS)

check: $(READY_DEV) ## Run all checks that CI runs: format, lint, types, import contracts, tests
	@echo "Format"
	@$(PY) -m ruff format --check .
	@echo "Lint"
	@$(PY) -m ruff check .
	@echo "Types"
	@$(PY) -m mypy
	@$(PY) -m pyright --project .
	@echo "Types of the tests"
	@MYPYPATH=$(SOURCES):tests $(TYPES_OF_TESTS) tests/*.py tests/cli
	@MYPYPATH=$(SOURCES):tests/core:tests $(TYPES_OF_TESTS) tests/core
	@MYPYPATH=$(SOURCES):tests/tui:tests:tests/core $(TYPES_OF_TESTS) tests/tui
	@MYPYPATH=$(SOURCES):tests/trust:tests:tests/trust/chaos:tests/trust/programs $(TYPES_OF_TESTS) tests/trust
	@MYPYPATH=$(SOURCES):tests/benchmarks:tests $(TYPES_OF_TESTS) tests/benchmarks
	@echo "Import contracts"
	@$(VENV)/bin/lint-imports --no-logo
	@echo "Tests"
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

format: $(READY_DEV) ## Format the code, and fix what the linter can fix
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: $(READY_DEV) ## Measure performance against the budgets and references
	@$(PY) tests/benchmarks/run.py $(ARGS)

chaos: $(READY_DEV) ## Kill and stop processes at random (MINUTES=1, SEED=n), and check every promise
	@$(PY) tests/trust/chaos/run.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

screenshots: $(READY_DEV) ## Make the pictures in the READMEs from the real app
	@$(PY) screenshots/make.py $(ARGS)

snapshots: $(READY_DEV) ## Accept the current screens as the ones that the tests expect
	@$(PY) -m pytest tests/tui --snapshot-update $(ARGS)

wheel: $(READY) ## Build the wheel, and try it in a new environment without development tools
	@echo "Building the wheel in dist and trying it in build/wheel"
	@rm -rf dist build/wheel
	@$(PINNED) $(PY) $(PIP) wheel --no-deps --wheel-dir dist .
	@$(PY) -m venv build/wheel
	@$(PINNED) build/wheel/bin/python $(PIP) install dist/*.whl
	@build/wheel/bin/python $(PIP) check
	@cd build/wheel && bin/python -I -c 'import holdfast, holdfast_tui.app; print("Imported", holdfast.__file__)'
	@cd build/wheel && HOLDFAST_HOME=home bin/holdfast demo --headless --pace 0
	@ls dist/*.whl

test-lowest: pyproject.toml ## Run the tests with the oldest dependencies that pyproject.toml allows
	@echo "Installing the oldest allowed dependencies in build/lowest"
	@rm -rf build/lowest
	@$(PYTHON) -m venv build/lowest
	@build/lowest/bin/python .ci/lowest.py pyproject.toml > build/lowest/requirements.txt
	@build/lowest/bin/python $(PIP) install -r build/lowest/requirements.txt -e '.[dev]'
	@build/lowest/bin/python -m pytest -n $(WORKERS) $(ARGS)

constraints: ## Resolve the dependencies again, with the oldest supported Python
	@test "$$($(PYTHON) $(VERSION_OF) 2>/dev/null)" = 3.11 \
		|| { echo "The constraints need Python 3.11. Run: make constraints PYTHON=python3.11" >&2; exit 1; }
	@echo "Resolving the dependencies into $(CONSTRAINTS)"
	@rm -rf build/constraints
	@$(PYTHON) -m venv build/constraints
	@build/constraints/bin/python $(PIP) install '.[dev]' hatchling editables
	@{ echo '# Versions that are tested together. Made by `make constraints`, with the oldest supported Python.'; \
		build/constraints/bin/python $(PIP) freeze --exclude holdfast; } > build/constraints.txt
	@mv build/constraints.txt $(CONSTRAINTS)

clean: ## Remove the environment and all generated files
	@rm -rf $(VENV) build dist .coverage* .hypothesis snapshot_report.html
	@rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find core tui tests screenshots .ci -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made again if its Python no longer exists, if the repository was moved (its scripts and its editable
# install would still point to the old place), or if PYTHON names another version than it has.
ifneq ($(shell test -x $(PY) && test "$$(cat $(MADE) 2>/dev/null)" = "$$(pwd -P)" && echo kept),kept)
.PHONY: $(MADE)
else ifneq ($(origin PYTHON),file)
ifneq ($(shell $(PYTHON) $(VERSION_OF) 2>/dev/null),$(shell $(PY) $(VERSION_OF)))
.PHONY: $(MADE)
endif
endif

$(MADE):
	@$(PYTHON) -c '' 2>/dev/null \
		|| { echo "Holdfast needs Python 3.11 or newer, and $(PYTHON) does not start one here." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Holdfast needs Python 3.11 or newer, and $(PYTHON) is Python $$($(PYTHON) $(VERSION_OF)):" \
			"choose a newer one, for example with PYTHON=python3.12." >&2; exit 1; }
	@echo "Creating an environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 \
		|| { $(PYTHON) -m venv --clear --without-pip $(VENV) \
			&& $(PYTHON) $(PIP) --python $(PY) install pip; }
	@pwd -P > $@

$(READY): $(MADE) $(INPUTS)
	@echo "Installing Holdfast (half a minute the first time)"
	@$(PINNED) $(PY) $(PIP) install --editable .
	@touch $@

$(READY_DEV): $(MADE) $(INPUTS)
	@echo "Installing Holdfast and its development tools (a minute the first time)"
	@$(PINNED) $(PY) $(PIP) install --editable '.[dev]'
	@touch $(READY) $@
