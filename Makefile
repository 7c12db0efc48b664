# `make run` is all it takes: it installs what is missing, starts everything and prints where to sign in.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: setup run test lint bench fuzz chaos browser node servers clean

run: setup
	@$(BIN)/python manage.py up

setup: $(STAMP)

$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "AR Hub needs Python 3.11 or newer, and $(PYTHON) is older or missing. Name another: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing packages"
	@$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	@touch $(STAMP)

test: setup browser node servers
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 3

# The tests of the screens drive a browser. Without one they say so and are skipped.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Chromium"; apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
		else echo "Chromium is missing: install it for the tests of the screens (apt install chromium)."; fi; } || true

# So are those in which a vendor's JavaScript SDK drives a simulator, where there is no Node.
node:
	@command -v npm >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Node"; apt-get update -qq && apt-get install -y -qq nodejs npm >/dev/null; \
		else echo "Node is missing: install it for the tests with a vendor's SDK (apt install nodejs npm)."; fi; } || true

# So are those of the gateways without the servers of others.
servers:
	@sh tests/servers/install.sh

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py makemigrations --check --dry-run

bench: setup
	@$(BIN)/python -m tests.benchmarks

# A hundred thousand broken files for the readers; about half an hour on two cores.
fuzz: setup
	@$(BIN)/python -m tests.fuzz

# Storms over documents to customers and records to an ERP: workers die, the database restarts, partners lie, and each is
# counted afterwards. FIRST=12 begins with the storm of run 12.
RUNS ?= 20
chaos: setup
	@$(BIN)/python -m tests.chaos --runs $(RUNS) --seed "$(or $(SEED),chaos)" --first "$(or $(FIRST),0)"

clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python manage.py db stop || true; fi
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
