# `make app` starts the explorer, `make test` passes the tests; each sets up what it needs first.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501

.PHONY: app test check clean

app: .venv/app
	$(BIN)/python -m ddcore.commands.schema_cache
	@echo "Dataset Distillation Explorer: http://127.0.0.1:$(PORT)"
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: .venv/test check
	$(BIN)/python -m pytest

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/bin/pip:
	$(PYTHON) -m venv --clear .venv

.venv/app: requirements.txt | .venv/bin/pip
	$(BIN)/pip install -r requirements.txt
	@touch $@

.venv/test: requirements-dev.txt .venv/app
	$(BIN)/pip install -r requirements-dev.txt
	@.ci/browser
	@touch $@

clean:
	rm -rf .venv
