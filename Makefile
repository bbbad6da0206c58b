# `make app` starts the explorer, `make test` passes the tests; each sets up what it needs first. More: CONTRIBUTING.md.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501

.PHONY: app test test-fast test-portable check clean

# UMAP's code is compiled in the background, half a minute once on a machine, so that the first map need not wait for it.
app: .venv/app
	$(BIN)/python -m ddcore.commands.schema_cache
	nice -n 19 $(BIN)/python -m ddcore.maps.layout &
	$(BIN)/streamlit run app.py --server.port $(PORT)

# Two passes, one thread a process: the tests that compute, on all cores; then those in a browser, two files at a time.
test: .venv/test check
	@failed=0; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto -m "not browser" || failed=1; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m browser || failed=1; \
	exit $$failed

# Everything but browser and slow tests, on all cores, one thread each.
test-fast: .venv/test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto -m "not browser and not slow"

# The library as on another processor: without vector instructions, and on one thread.
test-portable: .venv/test
	ATEN_CPU_CAPABILITY=default OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto -m "not browser" --ignore tests/pages

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/bin/pip:
	$(PYTHON) -m venv --clear .venv

.venv/app: requirements.txt pyproject.toml | .venv/bin/pip
	$(BIN)/pip install -r requirements.txt
	@touch $@

.venv/test: requirements-dev.txt .venv/app
	$(BIN)/pip install -r requirements-dev.txt
	@.ci/browser
	@touch $@

clean:
	rm -rf .venv
