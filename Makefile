# TruongNet. `make run` tries it on this machine; `make test` checks all of it. Both set up what they need.
SHELL := /bin/sh
PY := .venv/bin/python
SOURCES := agent controller inventory monitoring bench tests setup truongnet.py

.PHONY: run monitoring test patient rest check unit lab lab-long lock clean help

help: ## shows this
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: .setup/run ## sets up and runs everything on this machine (HOST=… serves a network over TLS)
	@exec $(PY) -m truongnet run $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(if $(PUBLIC_URL),--public-url $(PUBLIC_URL))

monitoring: .setup/run ## Prometheus, Alertmanager, VictoriaMetrics for `make run`, on this machine
	@exec $(PY) -m truongnet --data-dir var monitoring var/monitoring --start

test: .setup/test check ## sets up, then lint, types, import contracts and every test
	$(PY) -m pytest tests/lab -m "not patient" # alone: it measures
	@$(MAKE) --no-print-directory -j 2 patient rest

patient: # the lab's tests that mostly wait: beside all others
	$(PY) -m pytest tests/lab -m patient

rest:
	$(PY) -m pytest --ignore=tests/lab -n 2 --dist loadfile

check: .setup/test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(SOURCES)
	.venv/bin/lint-imports

unit: .setup/test ## the quick tests only: no hosts, no browser
	$(PY) -m pytest tests/unit tests/recorded

lab: .setup/test ## the five-school lab, left running to play with (root)
	$(PY) -m tests.lab

lab-long: .setup/test ## the lab's tests with 50 kills each instead of 5 (root)
	TRUONGNET_LAB_KILLS=50 $(PY) -m pytest tests/lab

lock: .setup/test ## renews the lock files: versions and hashes, never an address
	$(PY) -m venv .setup/lock && .setup/lock/bin/pip --quiet install uv
	setup/lock.sh

clean: ## removes what was set up, not the data in var/
	rm -rf .venv .setup node_modules controller/web/static/vendor

.setup/run: .setup/run-debian .setup/run-python .setup/run-frontend
	@touch $@

.setup/test: .setup/test-debian .setup/test-python .setup/test-frontend
	@touch $@

.setup/run-debian: setup/debian.txt setup/debian.sh
	@mkdir -p .setup && setup/debian.sh run && touch $@

.setup/test-debian: setup/debian.txt setup/debian.sh
	@mkdir -p .setup && setup/debian.sh test && touch $@

.setup/run-python: requirements/run.txt pyproject.toml setup/python.sh | .setup/run-debian
	@echo "Cài gói Python / installing Python packages"; setup/python.sh run && touch $@

.setup/test-python: requirements/dev.txt pyproject.toml setup/python.sh | .setup/test-debian
	@echo "Cài gói Python / installing Python packages"; setup/python.sh dev && mkdir -p .setup && touch $@ .setup/run-python

.setup/run-frontend: package-lock.json setup/frontend.py | .setup/run-python
	@echo "Cài gói giao diện / installing front-end packages"; $(PY) setup/frontend.py && touch $@

.setup/test-frontend: package-lock.json setup/frontend.py | .setup/test-python
	@$(PY) setup/frontend.py --tests && touch $@ .setup/run-frontend
