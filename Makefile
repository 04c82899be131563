# copydesk: `make run` and `make test` need nothing but Linux, make and Python 3.11 or later.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# One edition over the three nights of the sample; its five broken records are meant, hence the tolerance
EDITION ?= 2026-03-04
DATA ?= data
# Publishes with a random fault each that `make faults` ends with
SOAK ?= 50
# The development data and scorers; not part of the product
SHARED ?= ../shared

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export DO_NOT_TRACK := 1

.PHONY: help run test check fmt golden docs faults bench peers train lowest clean

help:  ## show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 18

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "copydesk needs Python 3.11 or later; say PYTHON=python3.12 make ..."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "Python lacks venv; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

run: $(READY)  ## make one edition of the bundled sample through the Prefect flow
	COPYDESK_TOLERANCE=0.1 $(BIN)/python -m flows.nightly data/sample --edition $(EDITION) --data $(DATA)

test: $(READY)  ## run the whole test suite
	$(BIN)/python -m pytest

faults: $(READY)  ## run the long proofs, make every fault of the list, SOAK publishes with random ones, and write docs/faults.md (an hour)
	$(BIN)/python -m pytest -m slow
	$(BIN)/python -m tests.faults --soak $(SOAK)

check: $(READY)  ## format, lint and types, as CI runs them
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fmt: $(READY)  ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)  ## write docs/tables.md anew
	$(BIN)/python -m copydesk.dictionary

bench: $(READY)  ## quality and speed on the development data beside the project
	$(BIN)/python -m benchmarks.edition
	$(BIN)/python -m benchmarks.strip --data $(SHARED)/data/boilerplate_dev.parquet
	$(BIN)/python $(SHARED)/evals/dedup/score.py --data $(SHARED)/data/dedup_dev.parquet --system benchmarks.stories:story_ids
	$(BIN)/python -m benchmarks.fold --data $(SHARED)/data/dedup_dev.parquet
	$(BIN)/python -m benchmarks.nights
	$(BIN)/python $(SHARED)/evals/dedup/natural.py --data $(SHARED)/data/boilerplate_dev.parquet \
	  --system benchmarks.stories:story_ids --strip benchmarks.adapters:kept_lines
	$(BIN)/python -m benchmarks.gate
	$(BIN)/python -m benchmarks.warc
	$(BIN)/python -m benchmarks.charsets --data $(SHARED)/data/extraction_dev.parquet
	$(BIN)/python -m benchmarks.languages --data $(SHARED)/data/extraction_dev.parquet
	$(BIN)/python -m benchmarks.extract --data $(SHARED)/data/extraction_dev.parquet
	$(BIN)/python -m benchmarks.shards --data $(SHARED)/data/extraction_dev.parquet
	$(BIN)/python $(SHARED)/evals/extraction/score.py --data $(SHARED)/data/extraction_dev.parquet --split dev \
	  --system benchmarks.adapters:extract_unseen

$(VENV)-peers/ready: benchmarks/peers.txt
	$(PYTHON) -m venv $(VENV)-peers
	PIP_CONSTRAINT= $(VENV)-peers/bin/pip install --quiet -r benchmarks/peers.txt
	@touch $@

peers: $(VENV)-peers/ready  ## install what `make bench` sets ours beside (2.1 GB; without it: NOT INSTALLED)

train: $(READY)  ## make the classifiers anew from the labelled scrapes and pages beside the project (25 minutes)
	$(BIN)/python -m training $(SHARED)/data/boilerplate_dev.parquet
	$(BIN)/python -m training.pages $(SHARED)/data/extraction_dev.parquet

lowest: ## run the suite with the lowest versions that pyproject.toml admits
	$(PYTHON) -m venv $(VENV)-lowest
	PIP_CONSTRAINT=$(CURDIR)/constraints-lowest.txt $(VENV)-lowest/bin/pip install --quiet --editable '.[dev]'
	$(VENV)-lowest/bin/python -m pytest

clean:  ## remove what was made, but no input
	rm -rf $(VENV) $(VENV)-lowest data/stage data/published data/runs data/.prefect .pytest_cache .mypy_cache .ruff_cache
