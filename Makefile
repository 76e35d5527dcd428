# Sets up one virtual environment from the hash-pinned locks and runs the project in it.
# `make help` lists the targets.

PYTHON ?= python3
PORT ?= 3000
SIZES ?= 4 1000 10000
RUNS ?= 5
UV ?= uv
DAGSTER_HOME ?= $(CURDIR)/.dagster

VENV := .venv
BIN := $(VENV)/bin
VALIDATORS_HOME := .venv-validators
# Marks of finished set-up steps, each renewed when what it depends on has changed.
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PROJECT := $(VENV)/.project-installed

# The locks are complete and every package in them has wheels: nothing to resolve, nothing to
# compile. setuptools, which builds the project itself, is one of them.
PIP_INSTALL := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps --no-compile
PIP_SYNC := $(PIP_INSTALL) --require-hashes --only-binary :all:
COMPILE := $(BIN)/python -m compileall -q -j 0

# Bytecode halves every start, so nothing may switch it off; nothing outside .venv may leak in.
unexport PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: build site picture cookbook test check bench attack fuzz sbom dev operate-test lock validators validatorlocks clean help

# Dagster's home for `make` and `make dev`: what is built first is what its pages show first.
HOME_READY = mkdir -p "$$DAGSTER_HOME" && { test -e "$$DAGSTER_HOME/dagster.yaml" || \
	cp deploy/dagster-dev.yaml "$$DAGSTER_HOME/dagster.yaml"; }

build dev: export DAGSTER_HOME := $(DAGSTER_HOME)
build dev: export DAGSTER_DISABLE_TELEMETRY := 1

build: $(PROJECT) ## set up, then build the warehouse and the release from raw/ (default)
	@echo "build: statedata build" $(ARGS)
	@$(HOME_READY)
	@$(BIN)/statedata build $(ARGS) || { code=$$?; case $$code in \
		1) echo "build: exit 1: released, but something is quarantined (see above)" ;; \
		2) echo "build: exit 2: nothing was released (see above)" ;; \
		*) echo "build: exit $$code: statedata itself failed (see above)" ;; \
	esac >&2; exit $$code; }

site: $(PROJECT) ## make the pages of the newest release in warehouse/site (ARGS="--url https://...")
	@$(PIP_SYNC) -r deploy/requirements-site.lock
	@echo "site: statedata site" $(ARGS)
	@$(BIN)/statedata site $(ARGS)

cookbook: $(PROJECT) $(DEV) ## renew the answers and the notebook of pipeline/site/cookbook.md
	@echo "cookbook: tests.cookbook"
	@$(BIN)/python -m tests.cookbook

test: $(PROJECT) $(DEV) ## set up, then run the tests (ARGS="-k numbers" selects)
	@echo "test: pytest" $(ARGS)
	@$(BIN)/python -m pytest $(ARGS)

check: $(PROJECT) $(DEV) ## set up, then check format, lint and types
	@echo "check: ruff format"
	@$(BIN)/ruff format --check
	@echo "check: ruff check"
	@$(BIN)/ruff check
	@echo "check: mypy"
	@$(BIN)/mypy

# The tests' lock holds most of what the benchmarks compare with (the extra `bench`), too.
bench: $(PROJECT) $(DEV) $(VALIDATORS_HOME)/dbt/.installed $(VALIDATORS_HOME)/frictionless/.installed ## measure; write benchmarks/README.md (SIZES="4 1000 10000" RUNS=5)
	@echo "bench: sizes $(SIZES), $(RUNS) runs" $(ARGS)
	@$(BIN)/python -m benchmarks --sizes $(SIZES) --runs $(RUNS) $(ARGS)

attack: $(PROJECT) $(DEV) ## damage sheets 100,000 times and count what became of them (some minutes)
	@echo "attack: tests.attack.run" $(ARGS)
	@$(BIN)/python -m tests.attack.run $(ARGS)
	@echo "attack: every property on new random input, 2,000 round trips of each kind among them"
	@ROUND_TRIPS=2000 $(BIN)/python -m pytest --hypothesis-profile random -m hypothesis

# atheris has an environment of its own, with just enough to parse a sheet.
SECONDS ?= 60
FUZZED := .fuzz

fuzz: $(VALIDATORS_HOME)/fuzz/.installed ## search for bytes that break the parser (SECONDS=60); finds go to .fuzz
	@echo "fuzz: tests.attack.fuzz for $(SECONDS) s"
	@$(VALIDATORS_HOME)/fuzz/bin/python -m tests.attack.fuzz sheet $(FUZZED) \
		-max_total_time=$(SECONDS) -max_len=12000 -rss_limit_mb=2048 -verbosity=0 $(ARGS)

# Of an environment that holds what a release is made with and nothing else; in its graph the root
# depends on what pyproject.toml names, and all else on that.
sbom: $(VALIDATORS_HOME)/sbom/.installed ## write build/sbom.cdx.json: the software of requirements.lock
	@echo "sbom: build/sbom.cdx.json"
	@mkdir -p build
	@$(BIN)/python -m venv --clear --without-pip $(VALIDATORS_HOME)/runtime
	@$(BIN)/python -m pip --disable-pip-version-check --python $(VALIDATORS_HOME)/runtime/bin/python \
		install -qq --no-deps --no-compile --require-hashes --only-binary :all: -r requirements.lock
	@$(VALIDATORS_HOME)/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--short-PURLs --output-file build/sbom.cdx.json $(VALIDATORS_HOME)/runtime/bin/python

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "setup: $(PYTHON) is missing or older than Python 3.11; name another: make PYTHON=python3.12" >&2; \
		exit 1; }
	@echo "setup: creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)

$(RUNTIME): requirements.lock $(BIN)/python
	@echo "setup: installing requirements.lock (the first time takes a minute or two)"
	@$(PIP_SYNC) -r requirements.lock
	@echo "setup: compiling bytecode"
	@$(COMPILE) $(VENV)/lib
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@echo "setup: installing requirements-dev.lock"
	@$(PIP_SYNC) -r requirements-dev.lock
	@echo "setup: compiling bytecode"
	@$(COMPILE) $(VENV)/lib
	@touch $@

$(PROJECT): pyproject.toml $(RUNTIME)
	@echo "setup: installing the project itself, editable"
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@$(COMPILE) pipeline
	@touch $@

# A shell starts `&` jobs with SIGINT ignored, and Dagster, finding that, ignores SIGTERM as well.
# So each service starts with signals reset, in a process group of its own that can be ended whole.
START := $(BIN)/python -c 'import os, signal, sys; os.setpgrp(); \
	[signal.signal(s, signal.SIG_DFL) for s in (signal.SIGINT, signal.SIGQUIT)]; \
	os.execv(sys.argv[1], sys.argv[1:])'

dev: $(PROJECT) ## Dagster's web server and daemon on 127.0.0.1 (PORT=3000); Ctrl-C stops both
	@$(BIN)/python -c 'import socket; s = socket.socket(); \
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null || { \
		echo "dev: port $(PORT) of 127.0.0.1 is taken or not allowed; name another: make dev PORT=3001" >&2; exit 1; }
	@$(HOME_READY)
	@echo "dev: web server on http://127.0.0.1:$(PORT), daemon beside it; Ctrl-C stops both"
	@web= daemon= ; \
	alive() { kill -0 "$$1" 2>/dev/null; }; \
	stop() { \
		trap '' INT TERM HUP; \
		kill -s TERM $$web $$daemon 2>/dev/null; \
		left=20; \
		while [ $$left -gt 0 ] && { alive "$$web" || alive "$$daemon"; }; do \
			sleep 1; left=$$((left - 1)); \
		done; \
		[ $$left -gt 0 ] || echo "dev: not ended after 20 s, killed" >&2; \
		for group in $$web $$daemon; do kill -s KILL -- "-$$group" 2>/dev/null; done; \
		echo "dev: $$1"; exit $$2; \
	}; \
	trap 'stop "stopped both" 0' INT TERM HUP; \
	$(START) $(BIN)/dagster-webserver -w workspace.yaml -h 127.0.0.1 -p $(PORT) & web=$$!; \
	$(START) $(BIN)/dagster-daemon run -w workspace.yaml & daemon=$$!; \
	while :; do \
		sleep 1; \
		alive $$web || stop "the web server ended by itself; stopped the daemon" 1; \
		alive $$daemon || stop "the daemon ended by itself; stopped the web server" 1; \
	done

# Debian's packages of PostgreSQL; the test starts a server of its own on a free port of 127.0.0.1.
operate-test: $(PROJECT) $(DEV) ## run the operator's guide and the service on PostgreSQL (Debian, as root)
	@echo "operate-test: PostgreSQL, and Dagster's storage on it"
	@command -v apt-get >/dev/null || { echo "operate-test: needs Debian's apt-get" >&2; exit 1; }
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; }
	@$(PIP_SYNC) -r deploy/requirements-postgres.lock
	@echo "operate-test: pytest tests/test_operating.py tests/test_troubles.py" $(ARGS)
	@$(BIN)/python -m pytest -n 3 --dist loadscope -m "foreign or not foreign" tests/test_operating.py tests/test_troubles.py $(ARGS)

# setuptools enters through the pipe, from [build-system]. Known pins stay unless UPGRADE=1; the
# second lock takes its versions from the first, so that both agree.
BUILD_REQUIRES := $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", \
	"rb"))["build-system"]["requires"], sep="\n")'
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate $(if $(UPGRADE),--upgrade) pyproject.toml -

# What an extra adds to requirements.lock: the packages of the one that the other does not have.
ADDED := $(PYTHON) -c 'import re, sys; pins = lambda text: re.findall(r"(?m)^\w.*(?:\n +--hash.*)*", text); \
	have = {pin.split("==")[0] for pin in pins(open("requirements.lock").read())}; \
	print(*(pin for pin in pins(sys.stdin.read()) if pin.split("==")[0] not in have), sep="\n")'
MADE = '\# Made from pyproject.toml: change the dependencies there, then run `make lock`.'

lock: ## renew all locks after a change of dependencies (needs uv; UPGRADE=1 takes newer versions)
	@echo "lock: requirements.lock"
	@$(BUILD_REQUIRES) | $(LOCK) -o requirements.lock
	@echo "lock: requirements-dev.lock"
	@$(BUILD_REQUIRES) | $(LOCK) --extra dev --extra bench --extra dask -c requirements.lock -o requirements-dev.lock
	@for extra in postgres dask site; do \
		echo "lock: deploy/requirements-$$extra.lock, beside requirements.lock"; \
		$(BUILD_REQUIRES) | $(LOCK) --extra $$extra -c requirements.lock | $(ADDED) \
			> deploy/requirements-$$extra.lock || exit 1; \
	done
	@for lock in requirements.lock requirements-dev.lock deploy/requirements-*.lock; do \
		grep -q '^# Made' $$lock || { { echo $(MADE); cat $$lock; } > $$lock.new && mv $$lock.new $$lock; }; \
	done

# Foreign validators of the release, each in an environment of its own: together they would force
# one another back to old versions, and none of them is a dependency of the product.
VALIDATORS := browser cffconvert datasets extruct feedparser frictionless jsonschema mlcroissant nbclient pyshacl
# These have no wheels; they are built from hash-pinned sources with the pinned setuptools.
FROM_SOURCE := docopt,jsonpath-rw,jstyleson
VALIDATOR_PIP = $(@D)/bin/python -m pip --disable-pip-version-check install -qq --no-deps --require-hashes

validators: $(PROJECT) $(DEV) $(VALIDATORS:%=$(VALIDATORS_HOME)/%/.installed) ## set up the foreign validators, then judge a release by them
	@command -v chromium >/dev/null || ! command -v apt-get >/dev/null || { apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; }
	@echo "validators: pytest -m foreign tests/foreign" $(ARGS)
	@$(BIN)/python -m pytest -m foreign tests/foreign $(ARGS)

picture: site $(VALIDATORS_HOME)/browser/.installed ## take the README's picture of the pages anew (needs chromium)
	@echo "picture: docs/site.png"
	@$(VALIDATORS_HOME)/browser/bin/python tests/foreign/picture.py "$$(command -v chromium)" warehouse/site docs/site.png

$(VALIDATORS_HOME)/%/.installed: requirements-validators/%.lock requirements-validators/build.lock $(BIN)/python
	@echo "validators: setting up $*"
	@$(BIN)/python -m venv --clear $(@D)
	@$(VALIDATOR_PIP) --only-binary :all: -r requirements-validators/build.lock
	@$(VALIDATOR_PIP) --only-binary :all: --no-binary $(FROM_SOURCE) --no-build-isolation -r $<
	@touch $@

# Of `datacite` only the schema is read: what its program needs is left out, an LGPL library among it.
UNUSED := idutils isbnlib2 jsonresolver lxml markupsafe pluggy werkzeug

validatorlocks: ## renew the validators' locks (needs uv; UPGRADE=1 takes newer versions)
	@for name in build dbt fuzz sbom $(VALIDATORS); do \
		echo "validatorlocks: $$name"; \
		$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate $(if $(UPGRADE),--upgrade) \
			$$(case $$name in fuzz | nbclient) echo -c requirements-dev.lock ;; esac) \
			$$([ $$name = jsonschema ] && echo $(UNUSED:%=--no-emit-package %)) \
			requirements-validators/$$name.in -o requirements-validators/$$name.lock || exit 1; \
	done

clean: ## remove the environment and caches; keeps warehouse/ and Dagster's history
	@echo "clean: .venv, caches, bytecode"
	@rm -rf $(VENV) $(VALIDATORS_HOME) $(FUZZED) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis benchmarks/.corpus
	@find pipeline tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
