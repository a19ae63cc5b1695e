# make demo    from an empty clone to a trained network, its ledger and a report
# make test    every test that needs Python and pip alone
# make check   lint, types, imports, table of rows, whether studies still hold
# make bench   side by side with peers; writes benchmarks/RESULTS.md; bench-web the handbook alone, which needs chromium
# make figures  the handbook's figures as a page first shows them, stored under handbook/static
# make study   what is missing of the long trainings under studies/; NAME=optimisers BUDGET=90m COMMIT=1 of one, so long,
#              each result committed

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TESTS  ?= -m "not parity and not browser and not registry and not hosts and not large and not mirror"

export PYTHONUTF8 = 1

.PHONY: demo test check bench bench-web figures study rows clean

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "wengu needs Python 3.11 or newer; PYTHON=python3.12 make ... names one"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(READY)
	$(BIN)/wengu fit lenet5

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile $(TESTS)

check: $(READY)
	$(BIN)/ruff check src tests benchmarks studies scripts
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/rows_table.py --check
	$(BIN)/python -m studies --check
	OMP_NUM_THREADS=1 $(BIN)/python -m wengu.handbook.export --check

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench,browser]'
	$(BIN)/python -m benchmarks

bench-web: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,browser]'
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks web

figures: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m wengu.handbook.export

study: $(READY)
	$(BIN)/python -m studies $(NAME) $(if $(BUDGET),--budget $(BUDGET)) $(if $(COMMIT),--commit)

rows: $(READY)
	$(BIN)/python scripts/rows_table.py

clean:
	rm -rf $(VENV) .venv-* dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
