# Everything runs in .venv, made from requirements/dev.lock. `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2

.PHONY: help setup system demo test lint types imports unit campaign conformance bench format lock docs clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup:  ## Make .venv with .venv/bin/trueup from the lock file
	@tools/setup.sh

system:
	@tools/system.sh

demo: setup  ## Try everything on a local twin of a Salesforce and a HubSpot, in under two minutes
	@$(BIN)/trueup demo

test: setup system lint types imports unit  ## Lint, types, import rule and all tests (heavy campaigns: a small share)

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@$(BIN)/mypy

imports:
	@$(BIN)/lint-imports

unit:
	@$(PYTEST) -q -n $(WORKERS) --dist loadgroup

campaign: setup system  ## The heavy campaigns in full: many seeds, faults and kills
	@TRUEUP_CAMPAIGN_SHARE=1.0 $(PYTEST) -q -n $(WORKERS) --dist loadgroup -m campaign

conformance: setup system  ## HubSpot's own OpenAPI files against the twin, many examples (when the files are there)
	@TRUEUP_CONFORMANCE_EXAMPLES=$${TRUEUP_CONFORMANCE_EXAMPLES:-50} $(PYTEST) -q tests/strangers/hubspot/test_stranger_schemathesis.py

bench: setup system  ## The benchmarks; each prints ratios to a floor measured in the same run
	@for b in benchmarks/*/__main__.py; do m=$$(dirname $$b | tr / .); echo "== $$m"; $(BIN)/python -m $$m || exit 1; done

format: setup  ## Put the code into the one format
	@$(BIN)/ruff check --fix -q .
	@$(BIN)/ruff format -q .

docs: setup  ## Make the generated pages of docs/ again
	@$(BIN)/python tools/docs.py

lock: setup  ## Renew requirements/*.lock from pyproject.toml
	@uv=.build/uv/bin/uv; [ -x $$uv ] || uv=uv; \
	for kind in dev run; do \
	  extra=""; [ $$kind = dev ] && extra="--extra postgresql --extra keyring --group dev"; \
	  $$uv pip compile pyproject.toml $$extra --universal --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 --quiet --output-file requirements/$$kind.lock; \
	done

clean:  ## Remove what setup and the tests made
	rm -rf .venv .build .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
