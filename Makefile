# Needs only python3 (3.11 or newer) and make. Settings: PYTHON, PORT, LOOKALIKE_WORKSPACE.

.DEFAULT_GOAL := help
.PHONY: help run setup test screens clean
.DELETE_ON_ERROR:

VENV := .venv
IN_VENV := $(VENV)/bin/python
PIP := $(IN_VENV) -m pip --disable-pip-version-check
CANDIDATES := $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11)

help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: setup  ## Set up what is missing and serve the app (PORT=8501 LOOKALIKE_WORKSPACE=workspace)
	$(IN_VENV) -m streamlit run app.py $(if $(PORT),--server.port $(PORT))

setup: $(VENV)/app.stamp  ## Make the environment that runs the app

test: $(VENV)/dev.stamp  ## Check everything: style, types, and every test, with a real browser
	$(IN_VENV) -m tests.e2e.browser
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m mypy
	$(IN_VENV) -m pytest -n 2 --dist loadfile tests/unit tests/pages
	$(IN_VENV) -m pytest tests/spark
	$(IN_VENV) -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/e2e

screens: $(VENV)/dev.stamp  ## Take a picture of every page, in every state, into screens/
	$(IN_VENV) -m tests.e2e.browser
	$(IN_VENV) -m tests.e2e.screens

clean:  ## Remove the environment, caches and pictures; never a workspace
	rm -rf $(VENV) screens test-results .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find app.py pages lookalike tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/app.stamp: $(IN_VENV) requirements.txt
	@echo "Installing the packages; the first time this takes some minutes."
	@$(PIP) --version >/dev/null 2>&1 || $(IN_VENV) -m ensurepip
	$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/app.stamp requirements-dev.txt requirements-spark.txt
	$(PIP) install -r requirements-dev.txt
	@touch $@

# The first Python that runs, is new enough and can make environments; else one sentence.
$(IN_VENV):
	@old= bare=; \
	for python in $(CANDIDATES); do \
	  version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	  if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
	    old=$${old:-$$version}; \
	  elif ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    bare=$${bare:-$$version}; \
	  else \
	    echo "Making $(VENV) with Python $$version."; \
	    exec "$$python" -m venv --clear $(VENV); \
	  fi; \
	done; \
	if [ -n "$$bare" ]; then \
	  echo "Python $$bare cannot make environments: install its venv package (on Debian and Ubuntu: apt install python$$bare-venv), then try again." >&2; \
	elif [ -n "$$old" ]; then \
	  echo "Python $$old is too old: install Python 3.11 or newer, or point to one with PYTHON=/path/to/python3." >&2; \
	else \
	  echo "No working Python was found$(if $(PYTHON), at $(PYTHON)): install Python 3.11 or newer from your package manager or python.org, then try again." >&2; \
	fi; \
	exit 1
