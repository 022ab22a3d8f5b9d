# Two commands do everything: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run worker test check bench words verify-result clean

run: $(VENV)/.installed
	@$(BIN)/python -m contest.cli prepare
	@exec $(BIN)/python -m contest.cli serve

worker: $(VENV)/.installed
	@exec $(BIN)/python -m contest.worker

# A file's tests stay together, in order: what its sites and people cost is paid once.
test: $(VENV)/.installed-dev
	@$(BIN)/python tests/install.py
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check:
	@bash .ci/run

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench

# Gather the sentences of code and templates, and compile their translations.
WORDS := contest/web/translations
words: $(VENV)/.installed
	$(BIN)/pybabel -q extract -F pyproject.toml -k N_ -k lazy_gettext --no-location --sort-output --omit-header -o $(WORDS)/messages.pot .
	$(BIN)/pybabel -q update -i $(WORDS)/messages.pot -d $(WORDS) -l en --width=100 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d $(WORDS)

# Recompute a published jury's result from its file: make verify-result FILE=ket-qua.json
verify-result: $(VENV)/.installed
	@$(BIN)/python -m contest.cli verify-result "$(FILE)"

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed: requirements.txt requirements-media.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@command -v ffmpeg >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-media.txt || echo 'no ffmpeg here: clips are kept as they were sent'
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
