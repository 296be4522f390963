# Each target does its own set-up and may be repeated. See README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ONCE ?=
ARGS ?=

.PHONY: demo serve test check bench acceptance-aws engine lock clean

demo: $(VENV)/.runtime
	$(BIN)/logflume demo $(if $(ONCE),--once)

serve: $(VENV)/.runtime
	LOGFLUME_PORT=$(or $(PORT),8400) LOGFLUME_SANDBOX_PORT=$(or $(SANDBOX_PORT),8401) $(BIN)/logflume serve

test: $(VENV)/.dev engine check
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(VENV)/.dev engine
	$(BIN)/python -m bench.provision $(ARGS)

acceptance-aws: $(VENV)/.dev engine
	$(BIN)/python -m pytest -m acceptance tests/acceptance $(ARGS)

engine: $(VENV)/.runtime
	$(BIN)/logflume engine

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "logflume needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(VENV)/bin/python
	@echo "Installing the packages of requirements.lock (a minute, once)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@# The checkout itself is put on the path; nothing is built, so nothing beyond the lock is fetched.
	@$(BIN)/python -c "import pathlib, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), 'logflume.pth').write_text('$(CURDIR)\n')"
	@printf '#!/bin/sh\nexec "%s/python" -m service "$$@"\n' "$(CURDIR)/$(BIN)" > $(BIN)/logflume && chmod +x $(BIN)/logflume
	$(BIN)/python -m service.web.htmx
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the tools of requirements-dev.lock"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

lock: $(VENV)/.dev
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) build *.egg-info
