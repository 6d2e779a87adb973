# make run       fit chinchilla_approach3 to the built-in table; ARGS="--quick" is passed on
# make check-fast  within a minute: lint, types of the files that changed, tests of the house
# make test      lint, types and the default tests
# make test-all  the same plus the slow tests, on every Python from 3.11 found on this machine
# make test-lowest  the default tests with the lowest version of each dependency that is allowed
# make bench     measure beside the peers, about half an hour; ARGS="--quick" for a fifth of theirs
# make calibration  is the sampler right, do intervals cover? about ten minutes, on simulated tables
# make bands     do bands hold on public sweeps that had no part in choosing them? about an hour
# make notebooks  run the notebooks and keep their outputs, half an hour; ARGS="01 09" for some
# make decisions  does the recommended size lose less than the plug-in? 200 simulated tables, 20 minutes
# make reproductions  regenerate what papers print, in five minutes; ARGS="--papers hoffmann" for one
# make docs      the documentation, into site/, with warnings as errors
# make picture   the picture of the README, from a fit of Chinchilla's 240 runs
# make design    which run to pay for next? ScaleBench, ours beside the published, about an hour
# make designs   what a design saves over an isoFLOP grid, on simulated sweeps, about an hour
# make lock      requirements/lock.txt: the newest version of each dependency, with its hashes
# make audit     are there known vulnerabilities in the lock? asks the registry
# make sbom      dist/*.cdx.json, the bill of materials: what the lock installs, with licences
# make release   sdist, wheel and bill into dist/, each tried in a clean environment of every Python
# make clean     remove the virtual environments and caches
#
# Each sets up all that it needs; only a Python from 3.11 has to be there already.

VENV ?= .venv
BIN := $(VENV)/bin
TOOLS := .venvs/tools/bin
PYTHON ?= $(lastword $(subst =, ,$(firstword $(shell .ci/pythons))))
SELECT ?= not slow
OLDEST = $(shell sed -n 's/^requires-python = ">=\([0-9.]*\).*/\1/p' pyproject.toml)
DEVICES = $(shell sed -n 's/^\([a-z0-9]*\) = \["jax\[.*/\1/p' pyproject.toml)
FAST := tests/test_architecture.py tests/test_habits.py tests/test_changelog.py tests/test_readme.py \
  tests/test_machines.py tests/docs/test_formulas.py tests/docs/test_pages.py \
  $(addprefix tests/data/test_,conditions.py headings.py quantities.py rows.py units.py)

.PHONY: help run test test-all test-lowest bench calibration bands decisions reproductions docs picture check-fast design designs notebooks lock audit sbom release clean

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

run: $(VENV)/.installed
	$(BIN)/python -m bayesfit run --model chinchilla_approach3 $(ARGS)

# The inner loop. Types are those of what differs from the last commit; no test of it fits anything.
check-fast: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@files="$$({ git diff --name-only --diff-filter=d HEAD; git ls-files -o --exclude-standard; } \
	  | grep -E '^(bayesfit|models)/.*\.py$$' || true)"; \
	test -z "$$files" || $(BIN)/pyright --pythonpath $(BIN)/python $$files
	$(BIN)/python -m pytest -q -x -m "not slow" $(FAST) $(ARGS)

test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# Types are checked while the first tests start, which leaves a core idle.
	@$(BIN)/pyright --pythonpath $(BIN)/python > $(VENV)/types.txt & types=$$!; \
	$(BIN)/python -m pytest -n 2 -m "$(SELECT)" $(ARGS); tests=$$?; \
	wait $$types; types=$$?; cat $(VENV)/types.txt; exit $$((tests || types))

test-all:
	@found="$$(.ci/pythons)"; test -n "$$found" || { echo "no Python from 3.11 found"; exit 1; }; \
	for python in $$found; do \
	  echo "== Python $${python%%=*}"; \
	  $(MAKE) test VENV=.venvs/$${python%%=*} PYTHON=$${python#*=} SELECT= || exit 1; \
	done

test-lowest: .venvs/lowest/.installed-lowest
	.venvs/lowest/bin/python -m pytest -n 2 -m "$(SELECT)" $(ARGS)

bench:
	$(MAKE) .venvs/bench/.installed-bench VENV=.venvs/bench
	.venvs/bench/bin/python -m benchmarks.run $(ARGS)

calibration: $(VENV)/.installed
	$(BIN)/python -m benchmarks.calibration.sbc $(ARGS)
	$(BIN)/python -m benchmarks.calibration.coverage $(ARGS)

bands: $(VENV)/.installed
	$(BIN)/python -m benchmarks.bands $(ARGS)

decisions: $(VENV)/.installed
	$(BIN)/python -m benchmarks.decisions $(ARGS)

reproductions: $(VENV)/.installed
	$(BIN)/python -m benchmarks.reproductions.run $(ARGS)

docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict $(ARGS)

picture: $(VENV)/.installed
	$(BIN)/python -m docs._made.frontier $(ARGS)

design: $(VENV)/.installed
	$(BIN)/python -m benchmarks.design.run $(ARGS)

designs: $(VENV)/.installed
	$(BIN)/python -m benchmarks.designs $(ARGS)

notebooks: $(VENV)/.installed-dev
	$(BIN)/python -m notebooks.execute $(ARGS)

lock: .venvs/tools/.installed-tools
	$(TOOLS)/uv pip compile --quiet --universal --python-version $(OLDEST) --upgrade \
	  --fork-strategy requires-python --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --output-file requirements/lock.txt pyproject.toml

# The lock holds what each Python needs; what one has is looked up, another after it. A package that
# nobody could look up is an error (--strict), not a clean one.
audit: .venvs/tools/.installed-tools
	@for python in $$(.ci/pythons); do version=$${python%%=*}; \
	  echo "== Python $$version"; \
	  $(TOOLS)/uv pip compile --quiet --python-version $$version --generate-hashes --no-header \
	    --output-file .venvs/tools/$$version.txt requirements/lock.txt > /dev/null && \
	  $(TOOLS)/pip-audit --strict --disable-pip --require-hashes \
	    --requirement .venvs/tools/$$version.txt $(ARGS) || exit 1; \
	done

sbom: .venvs/tools/.installed-tools
	$(TOOLS)/uv venv --quiet --clear --python $(PYTHON) .venvs/sbom
	$(TOOLS)/uv pip install --quiet --python .venvs/sbom/bin/python --require-hashes \
	  -r requirements/lock.txt
	mkdir -p dist
	.ci/sbom $(TOOLS)/python .venvs/sbom/bin/python dist

release: .venvs/tools/.installed-tools
	rm -rf dist
	$(TOOLS)/python -m build
	$(TOOLS)/twine check --strict dist/*
	@for python in $$(.ci/pythons); do \
	  for extra in $(DEVICES); do \
	    $(TOOLS)/uv pip compile --quiet --python-version $${python%%=*} --extra $$extra \
	      pyproject.toml > /dev/null || exit 1; \
	  done; \
	  for file in dist/*; do .ci/try_installed "$${python#*=}" "$$file" || exit 1; done; \
	done
	$(MAKE) sbom

clean:
	rm -rf .venv .venvs .cache .pytest_cache .ruff_cache .hypothesis dist site

# A stamp says what is installed: the second time costs nothing, a changed pyproject.toml reinstalls.
.venvs/tools/.installed-tools: requirements/tools.txt
	@test -n "$(PYTHON)" || { echo "bayesfit needs Python 3.11 or newer (with venv) on PATH"; exit 1; }
	$(PYTHON) -m venv .venvs/tools
	$(TOOLS)/python -m pip install --quiet --disable-pip-version-check -r requirements/tools.txt
	@touch $@

.venvs/lowest/.installed-lowest: pyproject.toml .venvs/tools/.installed-tools
	$(TOOLS)/uv venv --quiet --clear --python "$$(.ci/pythons | sort -V | sed -n '1s/.*=//p')" .venvs/lowest
	$(TOOLS)/uv pip install --quiet --python .venvs/lowest/bin/python --resolution lowest-direct \
	  --editable '.[dev,parquet]'
	@touch $@

$(VENV)/.installed: EXTRA =
$(VENV)/.installed-dev: EXTRA = [dev]
$(VENV)/.installed-bench: EXTRA = [bench]
$(VENV)/.installed-docs: EXTRA = [docs]
$(VENV)/.installed $(VENV)/.installed-dev $(VENV)/.installed-bench $(VENV)/.installed-docs: pyproject.toml
	@test -n "$(PYTHON)" || { echo "bayesfit needs Python 3.11 or newer (with venv) on PATH"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.$(EXTRA)'
	@# What every command imports, on all cores and also where Python is told to write no byte code.
	@cd $(VENV)/lib/python3*/site-packages && $(abspath $(BIN))/python -m compileall -q -j 0 \
	  arviz* jax jaxlib matplotlib numpy numpyro optax pandas rich scipy xarray > /dev/null || true
	@touch $@ $(VENV)/.installed
