# Everything that is done with this repository, by name. GNU Make 3.81, which macOS ships, is enough.
#
# Name another Python with PYTHON=python3.12, and pass more to pytest with ARGS="-k inbox".

PYTHON ?= python3
ARGS ?=
WORKERS ?= auto
MINUTES ?= 1
SEED ?=

VENV := .venv
PY := $(VENV)/bin/python
CONSTRAINTS := .ci/constraints.txt
INPUTS := pyproject.toml $(CONSTRAINTS)

# One environment with three marks: made, ready to use Holdfast, ready to work on it.
MADE := $(VENV)/.made
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

PIP := -m pip --disable-pip-version-check --quiet
# Older releases of pip hand the first of these to the build's own environment, newer ones the second.
PINNED := PIP_CONSTRAINT=$(CONSTRAINTS) PIP_BUILD_CONSTRAINT=$(CONSTRAINTS)
VERSION_OF = -c 'import sys; print("%d.%d" % sys.version_info[:2])'

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check format bench chaos screenshots snapshots wheel test-lowest constraints clean

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

demo: $(READY) ## Open the app with demo flows that need an answer
	@$(VENV)/bin/holdfast demo

test: $(READY_DEV) ## Run the tests
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

check: $(READY_DEV) ## Check format, lint, types, import contracts and tests, as CI does
	@echo "Format"
	@$(PY) -m ruff format --check .
	@echo "Lint"
	@$(PY) -m ruff check .
	@echo "Types"
	@$(PY) -m mypy
	@echo "Import contracts"
	@$(VENV)/bin/lint-imports --no-logo
	@echo "Tests"
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

format: $(READY_DEV) ## Format the code and mend what the linter can mend
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: $(READY_DEV) ## Measure the budgets, each beside its reference
	@$(PY) tests/benchmarks/run.py $(ARGS)

chaos: $(READY_DEV) ## Kill and stop real processes at random for MINUTES=1, with SEED=n, and check every promise
	@$(PY) tests/trust/chaos/run.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

screenshots: $(READY_DEV) ## Make the pictures of the READMEs from the real app
	@$(PY) screenshots/make.py $(ARGS)

snapshots: $(READY_DEV) ## Accept how the screens look now as what the tests expect
	@$(PY) -m pytest tests/tui --snapshot-update $(ARGS)

wheel: $(READY) ## Build the wheel and try it in a fresh environment without the development tools
	@echo "Building the wheel into dist and trying it in build/wheel"
	@rm -rf dist build/wheel
	@$(PINNED) $(PY) $(PIP) wheel --no-deps --wheel-dir dist .
	@$(PY) -m venv build/wheel
	@$(PINNED) build/wheel/bin/python $(PIP) install dist/*.whl
	@build/wheel/bin/python $(PIP) check
	@cd build/wheel && bin/python -I -c 'import holdfast, holdfast_tui.app; print("Imported", holdfast.__file__)'
	@cd build/wheel && HOLDFAST_HOME=home bin/holdfast demo --headless --pace 0
	@ls dist/*.whl

test-lowest: pyproject.toml ## Run the tests with the oldest dependencies that pyproject.toml allows
	@echo "Installing the oldest dependencies allowed into build/lowest"
	@rm -rf build/lowest
	@$(PYTHON) -m venv build/lowest
	@build/lowest/bin/python .ci/lowest.py pyproject.toml > build/lowest/requirements.txt
	@build/lowest/bin/python $(PIP) install -r build/lowest/requirements.txt -e '.[dev]'
	@build/lowest/bin/python -m pytest -n $(WORKERS) $(ARGS)

constraints: ## Resolve the dependencies anew, on the oldest Python supported
	@test "$$($(PYTHON) $(VERSION_OF) 2>/dev/null)" = 3.11 \
		|| { echo "The constraints are made with Python 3.11: make constraints PYTHON=python3.11" >&2; exit 1; }
	@echo "Resolving the dependencies into $(CONSTRAINTS)"
	@rm -rf build/constraints
	@$(PYTHON) -m venv build/constraints
	@build/constraints/bin/python $(PIP) install '.[dev]' hatchling editables
	@{ echo '# What is installed and tested together. Made by `make constraints`, on the oldest Python supported.'; \
		build/constraints/bin/python $(PIP) freeze --exclude holdfast; } > build/constraints.txt
	@mv build/constraints.txt $(CONSTRAINTS)

clean: ## Remove the environment and everything made
	@rm -rf $(VENV) build dist .coverage* .hypothesis snapshot_report.html
	@rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find core tui tests screenshots .ci -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew when its Python has gone, when the repository was moved (its scripts and its editable
# install would still point at the old place), and when PYTHON names another version than it has.
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
			"name a newer one with PYTHON=python3.12 or the like." >&2; exit 1; }
	@echo "Making an environment in $(VENV) with $$($(PYTHON) --version)"
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
