# The front door: `make help` lists every target.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTHONS := lotwatt.py alembic db ingest jobs grafana scripts tests

.PHONY: help
help: ## List the targets
	@echo "Lotwatt: energy and temperature of production lots, in TimescaleDB."
	@echo "After \`make setup\` the command is $(BIN)/lotwatt (see $(BIN)/lotwatt -h)."
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1	\2/p' Makefile | while IFS='	' read -r name text; do printf '  %-15s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup: ## Make .venv from the lock files (Python 3.11 or newer; PYTHON=... names one)
	@PYTHON="$(PYTHON)" scripts/setup

.PHONY: demo
demo: setup ## See it work: embedded server, real data over MQTT, tables of lots and references
	@$(BIN)/python -m scripts.demo $(ARGS)

.PHONY: stop
stop: ## Stop the embedded server that `make demo` left running
	@if [ -x $(BIN)/lotwatt ]; then $(BIN)/lotwatt embedded stop; else echo "nothing runs"; fi

.PHONY: up
up: ## Start all of it in containers: builds, upgrades the database, waits until it is well
	@scripts/container/stack up

.PHONY: down
down: ## Stop and remove the containers; what they stored is kept
	@scripts/container/stack down

.PHONY: logs
logs: ## Follow what the containers say (SERVICE=... for one of them)
	@scripts/container/stack logs $(SERVICE)

.PHONY: deploy
deploy: setup ## Bring the database of DATABASE_URL to the current state; safe to repeat
	@scripts/deploy

.PHONY: verify
verify: setup ## Prove the invariants on the live database; fails when one is broken
	@$(BIN)/lotwatt verify

.PHONY: backup
backup: setup ## Back up the database of DATABASE_URL (ARGS="--to FOLDER --keep 14")
	@$(BIN)/lotwatt db backup $(ARGS)

.PHONY: restore
restore: setup ## Restore FILE=... into the database of DATABASE_URL, which has to be empty or new
	@if [ -z "$(FILE)" ]; then echo "Which backup? make restore FILE=backups/lotwatt-....dump" >&2; exit 2; fi
	@$(BIN)/lotwatt db restore "$(FILE)"

.PHONY: verify-backup
verify-backup: setup ## Prove that a backup can be restored: the newest, or FILE=...
	@$(BIN)/lotwatt db verify-backup $(FILE) $(ARGS)

.PHONY: check
check: lint test ## All that CI runs: lint, types and every test

.PHONY: lint
lint: setup ## Check style and types
	@$(BIN)/ruff check $(PYTHONS)
	@$(BIN)/ruff format --check $(PYTHONS)
	@$(BIN)/mypy

# Four at once, each with servers of its own. On a server that is named they would share its roles.
PARALLEL = $(if $(DATABASE_URL),,-n 4 --dist loadfile --no-loadscope-reorder)

.PHONY: test
test: setup ## Run every test (ARGS=... for pytest; WITHOUT_NATIVE=1 skips what needs system packages)
	@if [ -z "$(WITHOUT_NATIVE)" ]; then scripts/need-test-tools; fi
	@LOTWATT_SKIP_NATIVE="$(WITHOUT_NATIVE)" $(BIN)/python -m pytest $(PARALLEL) $(ARGS)

.PHONY: bench-settle
bench-settle: setup ## Measure what settling costs on a native server (DATABASE_URL, or Debian's PostgreSQL)
	@$(BIN)/python -m scripts.bench_settle $(ARGS)

.PHONY: chaos
chaos: setup ## Faults while messages flow: nothing lost, nothing twice (MESSAGES=1000000, ARGS="--seed 7")
	@$(BIN)/python -m scripts.chaos --messages $(or $(MESSAGES),200000) $(ARGS)

.PHONY: bench-jobs
bench-jobs: setup ## Measure fits beside statsmodels, and the score of an hour in SQL (ARGS="--sensors 10000 --no-score")
	@$(BIN)/python -m scripts.bench_jobs $(ARGS)

.PHONY: bench-boards
bench-boards: setup ## Time every panel on a year of minutes of 100 sensors, on a native server (DATABASE_URL; ARGS="--keep NAME")
	@$(BIN)/python -m scripts.bench_boards $(ARGS)

.PHONY: bench-files
bench-files: setup ## Measure what a file of a million rows costs beside a bare COPY (DATABASE_URL, or Debian's PostgreSQL)
	@$(BIN)/python -m scripts.bench_files $(ARGS)

.PHONY: bench-ingest
bench-ingest: setup ## Measure the loader beside COPY and Telegraf (DATABASE_URL, else embedded)
	@$(BIN)/python -m scripts.bench_ingest $(ARGS)

.PHONY: bench-freshness
bench-freshness: setup ## Measure how soon a reading shows, and its lot's energy with it
	@$(BIN)/python -m scripts.bench_freshness $(ARGS)

.PHONY: fuzz
fuzz: setup ## Throw a million mutated messages at the loader's decoder and store (ARGS="--messages N --seed S")
	@$(BIN)/python -m scripts.fuzz $(ARGS)

.PHONY: audit
audit: setup ## Look for known vulnerabilities in the lock files (ARGS=--strict fails where nobody could be asked)
	@$(BIN)/python -m scripts.audit $(ARGS)

.PHONY: sbom
sbom: setup ## Write sbom.json, the list of what runs (CycloneDX), from requirements.lock
	@$(BIN)/cyclonedx-py requirements --output-reproducible --of JSON -o sbom.json requirements.lock

.PHONY: broker-account
broker-account: ## Make an account at the broker: NAME=PRESS, its password on standard input (FILE=... names the passwords)
	@scripts/mosquitto/account $(if $(FILE),--file "$(FILE)") "$(NAME)"

.PHONY: dashboards
dashboards: setup ## Write the JSON of the dashboards anew from grafana/boards (LOCALE=es: the Spanish set)
	@$(BIN)/python -m grafana.boards $(if $(LOCALE),--locale $(LOCALE))

.PHONY: grafana-check
grafana-check: setup ## Check a running Grafana: GRAFANA_URL=https://host:3000 (login by GRAFANA_TOKEN or GRAFANA_PASSWORD)
	@GRAFANA_URL="$(GRAFANA_URL)" $(BIN)/python -m grafana.check $(ARGS)

.PHONY: alerts
alerts: setup ## Write the alert rules of Grafana anew from grafana/alerts
	@$(BIN)/python -m grafana.alerts

.PHONY: docs
docs: setup ## Write docs/sql-api.md anew from the comments in the database
	@$(BIN)/python -m scripts.sql_api

.PHONY: clean
clean: stop ## Stop the embedded server; delete .venv, its data and caches
	@rm -rf .venv .lotwatt .mypy_cache .ruff_cache .pytest_cache .hypothesis db/embedded/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
