# Every target sets itself up. `make run` needs Python 3.11 or newer and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" pyproject.toml --extra build

# most tests wait more than they compute; a file's tests share their set-up
PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder

.PHONY: setup run test kills check bench lock failpoints failpoints-in-turn deliveries soak routing-soak numbers-soak ban-soak ban-kills docs
.DELETE_ON_ERROR:

setup: $(VENV)/.run

run: $(VENV)/.run
	$(BIN)/hub demo

# everything but what kills processes
test: $(VENV)/.dev
	$(BIN)/pytest $(PARALLEL) -m "not chaos"

# every failpoint once, on one kind and one database; random kills; an outage. One hub's cases share a worker
kills: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist loadgroup -m chaos

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(MAKE) --no-print-directory test
	$(MAKE) --no-print-directory kills

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# the whole matrix of failpoints; `make kills` runs each failpoint once
failpoints: $(VENV)/.dev
	$(BIN)/pytest -m "matrix or twin" -n 2 --dist loadgroup

# of the matrix every failpoint on every kind, each on one database, in turn
failpoints-in-turn: $(VENV)/.dev
	$(BIN)/pytest -m matrix -n 2 --dist loadgroup

# every channel, failure and failpoint of a send: about two hours; `make kills` runs each failpoint once
deliveries: $(VENV)/.dev
	$(BIN)/pytest -m deliveries -n 2 --dist loadgroup

# the chaos test at full length: 50,000 webhooks and 200 kills
soak: $(VENV)/.dev
	SOAK_WEBHOOKS=50000 SOAK_KILLS=200 $(BIN)/pytest -m chaos --timeout 0 tests/test_chaos.py

# a ban under 50 messages a second at full length: 2,000 people
ban-soak: $(VENV)/.dev
	BAN_PEOPLE=2000 $(BIN)/pytest -m chaos --timeout 0 tests/bans/test_under_traffic.py

# numbers and bans in a whole hub, on both databases; `make kills` has each failpoint, and all else of it, once
ban-kills: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist loadgroup -m "chaos or bans" tests/bans

# a million random events of routing, and twenty thousand on each database; `make test` plays a hundred thousand, and 1,500
routing-soak: $(VENV)/.dev
	ROUTING_EVENTS=1000000 ROUTING_HUB_EVENTS=20000 $(BIN)/pytest --timeout 0 tests/routing/test_stateful.py \
		tests/routing/test_stateful_hub.py

# numbers, bans and people in any order, longer than `make test` and otherwise each time: about an hour
numbers-soak: $(VENV)/.dev
	NUMBERS_RUNS=150 NUMBERS_STEPS=120 $(BIN)/pytest --timeout 0 tests/numbers/test_stateful_numbers.py

# what is generated from the code: docs/settings.md, docs/commands.md, .env.example
docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

# new versions for both locks; needs uv
lock:
	$(LOCK) --upgrade --output-file requirements/run.lock
	$(LOCK) --extra dev --upgrade --constraint requirements/run.lock --output-file requirements/dev.lock

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"hub needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + "; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements/run.lock pyproject.toml | $(VENV)/.made
	$(INSTALL) --require-hashes -r requirements/run.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	$(INSTALL) --require-hashes -r requirements/dev.lock
	@touch $@
