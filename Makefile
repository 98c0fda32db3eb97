# 统筹 Tongchou. On a fresh machine only Python 3.11, pip, make, git and apt are needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
export PORT

.PHONY: demo run test check fix bench docs install install-dev system messages clean

## demo: install, make the sample district, gather, link and serve it on http://127.0.0.1:8000
demo: install
	@$(BIN)/tongchou demo

## run: serve what is in the data folder
run: install
	@$(BIN)/tongchou serve

## test: everything, on SQLite and (what bears data) again on PostgreSQL; installs what it needs
test: install-dev system
	@$(BIN)/python tests/run.py

## check: format, lint, types, import layers, migrations, docs up to date
check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy tongchou
	$(BIN)/lint-imports
	TONGCHOU_DATA=$$(mktemp -d) $(BIN)/python -m django makemigrations --check --dry-run --settings tongchou.config.settings
	TONGCHOU_DATA=$$(mktemp -d) $(BIN)/python -m tools.reference --check

## fix: format and sort what can be put right by itself
fix: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

## bench: make bench [ONLY=name] [SIZE=small|full]; appends to bench/results.jsonl
bench: install-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) --size $(or $(SIZE),small)

## docs: write the generated reference pages again
docs: install-dev
	TONGCHOU_DATA=$$(mktemp -d) $(BIN)/python -m tools.reference

## messages: collect texts of templates and code into the English translation files, and compile them
messages: install-dev
	$(BIN)/python -m tools.messages

install: $(VENV)/installed
install-dev: $(VENV)/installed-dev

$(VENV)/installed: pyproject.toml constraints.txt
	@echo "Installing Tongchou into $(VENV) (a minute or two, once)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	  $(PYTHON) -m pip install --quiet virtualenv && $(PYTHON) -m virtualenv --quiet $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[postgres]'
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[postgres,dev]'
	@touch $@

## system: the browser, fonts and database server that the tests use, from the distribution
system:
	@sh tests/system-packages.sh

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
