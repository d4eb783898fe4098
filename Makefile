# Two commands set everything up: make run, make test.
BIN := .venv/bin
RUN := .venv/.run
DEV := .venv/.dev
PYTEST := $(BIN)/pytest
# More workers than cores: many tests wait for a daemon of their own.
WORKERS = $(shell expr $$(nproc) \* 2)
.DEFAULT_GOAL := help
.PHONY: help run fast tui test test-real test-long check format bench lock clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(RUN): requirements.lock pyproject.toml
	@scripts/setup requirements.lock $(RUN)

$(DEV): requirements-dev.lock pyproject.toml
	@scripts/setup requirements-dev.lock $(DEV)
	@touch $(RUN)

run: $(RUN) ## a simulated regency under watch, with scripted outages
	@$(BIN)/siaga demo

fast: $(RUN) ## the same, its scripted day in minutes
	@$(BIN)/siaga demo --fast

tui: $(RUN) ## the terminal UI of the regency that runs
	@$(BIN)/siaga tui -c var/demo/checks.toml

test: $(DEV) ## needs Python only, no root
	@$(PYTEST) -n $(WORKERS) -m "not real and not long"

test-real: $(DEV) ## needs Debian's servers, root and network namespaces (.ci/run installs them)
	@$(PYTEST) -m real

test-long: $(DEV) ## what takes minutes
	@$(PYTEST) -m long --timeout 3600
	@$(PYTEST) -n auto -m invariant --hypothesis-profile long --timeout 7200

check: $(DEV) ## lint, types, import contracts, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

format: $(DEV)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(DEV) ## the figures of the README
	@$(BIN)/python -m bench

lock: $(DEV) ## new lock files from pyproject.toml
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --group build --group dev pyproject.toml -o requirements-dev.lock

clean:
	@rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis
