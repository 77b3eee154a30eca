# `make` alone lists the verbs. Everything runs in .venv, which the first verb sets up.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses auto
# Files, or folders that hold one contract each.
CORPUS ?= $(wildcard specs/*)
# How much `make fuzz` and `make prove` try.
EXAMPLES ?= 50
MUTANTS ?= 60

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: generate
generate: .venv/ready ## contracts in specs/ -> packages in generated/
	$(BIN)/specwright generate

.PHONY: validate
validate: .venv/ready ## say everything that is wrong with the contracts
	$(BIN)/specwright validate

.PHONY: mock
mock: .venv/ready ## serve all APIs on http://127.0.0.1:8000
	$(BIN)/specwright mock

.PHONY: test
test: .venv/ready ## run all tests
	$(PYTEST)

.PHONY: fuzz
fuzz: .venv/ready ## fuzz the generated servers and the partners: EXAMPLES=50, or more, of an operation
	$(BIN)/specwright prove --only fuzz --examples $(EXAMPLES) --out proof/servers
	$(BIN)/specwright prove --only fuzz --examples $(EXAMPLES) --out proof/partners --mock

.PHONY: prove
prove: .venv/ready ## prove that every server keeps its contract, and that the proof would notice; the evidence is in proof/
	$(BIN)/specwright prove --examples $(EXAMPLES) --mutants $(MUTANTS)

.PHONY: holes
holes: .venv/ready ## say what Connexion, as it comes, does not enforce of the contract of every keyword
	$(BIN)/python -m scripts.holes

.PHONY: bench
bench: .venv/ready ## measure against peers: generate (DOCUMENTS="a.json b.yaml" adds to specs/), then the servers
	$(BIN)/python -m scripts.bench generate $(DOCUMENTS)
	$(BIN)/python -m scripts.bench validate $(DOCUMENTS)
	$(BIN)/python -m scripts.bench serve
	$(BIN)/python -m scripts.bench mock
	$(BIN)/python -m scripts.bench bookings

.PHONY: corpus
corpus: .venv/ready ## check what is generated from the documents of CORPUS
	$(BIN)/python -m scripts.corpus $(CORPUS)

.PHONY: check
check: .venv/ready ## what CI checks besides the tests: format, lint, types, import contracts, contracts, drift
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/specwright validate
	$(BIN)/specwright generate --check

.PHONY: format
format: .venv/ready ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: golden
golden: .venv/ready ## rewrite the expected files of tests/golden; read the diff
	$(BIN)/pytest tests/test_golden.py --update-golden

.PHONY: lock
lock: .venv/ready ## resolve the dependencies anew into scripts/requirements.lock
	$(BIN)/python scripts/lock.py

.PHONY: clean
clean: ## remove the environment and every cache
	rm -rf .venv .bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis

.venv/ready: pyproject.toml scripts/requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r scripts/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
