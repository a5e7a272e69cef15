# One command for each job. Needs python3 and make; everything else is set up here.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 18

.venv/bin/uv:
	@PYTHON=$(PYTHON) scripts/make-venv

.venv/installed: .venv/bin/uv requirements/run.txt pyproject.toml
	@echo "Installing Callwright into .venv (once; about a minute) ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.venv/dev-installed: .venv/installed requirements/dev.txt
	@echo "Installing what checks and tests need into .venv ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

install: .venv/installed ## make .venv with the command `callwright` in it
	@echo "Ready: .venv/bin/callwright --help"

run: .venv/installed ## set everything up and serve on loopback, data in ./data
	@exec $(BIN)/callwright serve $(ARGS)

system-packages:
	@scripts/install-system-packages

test: .venv/dev-installed system-packages tests/node/node_modules/installed ## set up what the tests need, then run all of them
ifneq ($(ARGS),)
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(MAKE) --no-print-directory coverage
	@$(BIN)/python -m pytest -q $(PARALLEL) tests/storage
	@$(BIN)/python -m pytest -q $(addprefix --ignore=,$(ALONE))
endif

# What shares no server and no port runs on all cores; the rest one after the other.
ALONE := tests/unit tests/storage
PARALLEL := -n auto --dist loadfile

tests/node/node_modules/installed: tests/node/package-lock.json | system-packages
	@cd tests/node && npm ci --silent --no-audit --no-fund && touch node_modules/installed

format: .venv/dev-installed ## format and fix what can be fixed
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: .venv/dev-installed
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/check_budgets.py

# The floor holds for the pure core, by its unit tests alone.
coverage: .venv/dev-installed ## branch coverage of model, twiml, usecases and wire; at least 90 %
	@$(BIN)/python -m pytest -q $(PARALLEL) tests/unit --cov=callwright.model --cov=callwright.twiml --cov=callwright.usecases \
		--cov=callwright.wire --cov-branch --cov-report=term:skip-covered --cov-fail-under=90 $(ARGS)

check: lint ## format, lint, types, import contracts, budgets, then the tests with coverage: what CI runs
	@$(MAKE) --no-print-directory test

bench: .venv/dev-installed system-packages ## measure; one JSON object and a table
	@$(BIN)/python -m bench $(ARGS)

docs: .venv/dev-installed ## build the documentation site into site/
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/docs.txt
	@$(BIN)/python -m docs.generate && NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet && echo "Open site/index.html"

lock: .venv/bin/uv ## pin the requirements again, with hashes and without addresses
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --group dev -c requirements/run.txt -o requirements/dev.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --group docs -c requirements/run.txt -o requirements/docs.txt

clean: ## remove .venv and everything built (not the data)
	@rm -rf .venv site build dist .mypy_cache .ruff_cache .pytest_cache tests/node/node_modules

.PHONY: help install run system-packages test format lint coverage check bench docs lock clean
