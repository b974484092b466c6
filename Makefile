# Everything a developer or an operator types. `make` alone explains itself.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BUILD := $(VENV)/build

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint type gen gen-check baseline catalog wire-report lock format bench clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Start Pointsman in the foreground; Ctrl-C stops it
	@exec $(BIN)/pointsman up

setup: $(VENV)/.dev ## Install everything that developing and testing need

test: check ## Run everything that CI runs
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: lint type gen-check ## Run every check but the tests themselves

lint: $(VENV)/.dev ## Lint Python and protos; refuse incompatible changes of the protos
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@mkdir -p $(BUILD)
	$(BIN)/python proto/generate.py --image $(BUILD)/image.binpb
	$(BIN)/buf lint $(BUILD)/image.binpb --path pointsman/v1
	$(BIN)/buf format --diff --exit-code proto
	$(BIN)/buf breaking gen/pointsman/descriptors.binpb --against proto/baseline.binpb --path pointsman/v1

type: $(VENV)/.dev ## Check types
	$(BIN)/mypy

gen: $(VENV)/.dev ## Generate gen/ from proto/
	$(BIN)/python proto/generate.py

gen-check: $(VENV)/.dev ## Refuse a gen/ that differs from what proto/ generates
	$(BIN)/python proto/generate.py --check

baseline: gen ## Make the present protos the ones later versions must stay compatible with
	cp gen/pointsman/descriptors.binpb proto/baseline.binpb

format: $(VENV)/.dev ## Format Python and protos
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/buf format -w proto

bench: $(VENV)/.dev ## Measure what a request costs
	$(BIN)/python -m tests.bench

catalog: $(VENV)/.dev ## Build the model catalog anew; SOURCES is a folder with its sources
	$(BIN)/python -m service.catalog.build $(SOURCES)

wire-report: $(VENV)/.dev ## Compare what decoders read of recorded traffic with what vendors' SDKs read
	$(BIN)/python -m tests.wire.report

lock: ## Compile the requirements files anew (needs uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--group build --extra envoy pyproject.toml -o requirements.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--group build --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## Remove the virtual environment and what tools left behind
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Pointsman needs Python 3.11 or newer; name one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Hashes pin every download. The checkout itself is installed without its dependencies, which are then there.
define install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.run
