# Every command a person or CI needs. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help install run test check soak bench fmt lint types imports migrations-check deploy-check worker beat migrate seed

# The Python that makes .venv; anything from 3.11 on.
PYTHON ?= python3
# How many processes share the test suite.
WORKERS ?= 2
PYTEST_ARGS ?=
MYPY_ARGS ?= .
BIN := .venv/bin
# Compiled modules are kept, whatever the machine says: each of a dozen processes would compile all of them again.
export PYTHONDONTWRITEBYTECODE :=
MANAGE := $(BIN)/python manage.py
# Settings as in production, for checks that read settings and touch nothing; not one real secret.
PRODUCTION := env -u DEBUG -u DEMO_MAILBOX SECRET_KEY=no-secret-0123456789-abcdefghijklmnopqrstuvwxyz-only-for-checks \
	FIELD_KEY=no-secret-9876543210-abcdefghijklmnopqrstuvwxyz DATABASE_URL=postgres://app:none@127.0.0.1:1/none \
	BROKER_URL=redis://127.0.0.1:1/0 SITE_URL=https://rapport.example ALLOWED_HOSTS=rapport.example

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 20

install: ## Make .venv from requirements.lock (again only when the lock has changed)
	@$(PYTHON) -I crm/runtime/install.py

run: install ## Run everything on this machine: databases, web, worker, beat, demo data
	@exec $(MANAGE) up

test: install ## Run the test suite on its own databases
	@exec $(BIN)/python -m pytest -q -n $(WORKERS) $(PYTEST_ARGS)

check: lint types imports migrations-check deploy-check test ## Everything CI checks

soak: install ## Long forms of the tests of sending: thousands of mails, workers killed 50 times, databases restarted (an hour or two)
	@SOAK=1 $(BIN)/python -m pytest -q -p no:randomly tests/campaigns/test_kill.py tests/campaigns/test_windows.py tests/campaigns/test_last_check.py tests/runtime/test_outages.py

bench: install ## Measure; results as JSON lines and a table
	@exec $(BIN)/python -m tests.bench $(BENCH_ARGS)

fmt: install ## Format code and templates, and fix what lint can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/djangofmt check --fix --quiet templates
	@$(BIN)/djangofmt --quiet templates

lint: install ## Check format and lint of code and templates
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djangofmt --quiet --check templates
	@$(BIN)/djangofmt --quiet check templates

types: install ## Check types
	@$(PRODUCTION) $(BIN)/mypy $(MYPY_ARGS)

imports: install ## Check who imports whom
	@$(BIN)/lint-imports --no-logo

migrations-check: install ## Check that no migration is missing
	@$(PRODUCTION) $(BIN)/python -W "ignore:Got an error checking" manage.py makemigrations --check --dry-run

deploy-check: install ## Check the settings as in production
	@$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

worker: install ## Run one more worker
	@exec $(MANAGE) worker

beat: install ## Run beat, which enqueues the recurring sweeps
	@exec $(MANAGE) beat

migrate: install ## Bring the database up to date
	@exec $(MANAGE) migrate

seed: install ## Make the demo data
	@exec $(MANAGE) seed
