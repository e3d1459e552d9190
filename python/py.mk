# The Python package: its tests and its packages. Included by the root Makefile, and usable by itself from
# the root: `make -f python/py.mk test-python`.
#
#   test-python      builds the wheel, installs it into an environment of its own, and runs python/tests;
#                    where there is apt-get it also installs Chromium, for the widget
#   test-python-oldest   what has to do with other packages, once more with the oldest that are supported
#   check-python     formatting and lints
#   package-python   wheel and source package, each installed into a fresh environment outside the checkout
#
# PYTHON=python3 is any Python from 3.11 on. Everything lies in the target folder; second runs build what changed.

PYTHON ?= python3

PY_ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
PY_TARGET := $(abspath $(or $(CARGO_TARGET_DIR),$(PY_ROOT)/target))
PY_WORK := $(PY_TARGET)/python
PY_BIN := $(PY_WORK)/venv/bin

.PHONY: test-python check-python package-python python-wheel python-browser test-python-oldest

$(PY_WORK)/venv.stamp: $(PY_ROOT)/python/requirements-test.txt
	rm -rf $(PY_WORK)/venv
	$(PYTHON) -m venv $(PY_WORK)/venv || { rm -rf $(PY_WORK)/venv; \
	  apt-get install -y -q python3-venv || { apt-get update -q && apt-get install -y -q python3-venv; }; \
	  $(PYTHON) -m venv $(PY_WORK)/venv; } || { echo "please install Python 3.11 or later with venv" >&2; exit 1; }
	$(PY_BIN)/python -m pip install -q --disable-pip-version-check -r $<
	touch $@

python-wheel: $(PY_WORK)/venv.stamp
	rm -rf $(PY_WORK)/wheel
	cd $(PY_ROOT) && CARGO_TARGET_DIR=$(PY_TARGET) $(PY_BIN)/maturin build -q -i $(PY_BIN)/python --out $(PY_WORK)/wheel

# What the widget is tested in; installed where the machine has apt-get, and without it those tests are skipped
# and say so.
python-browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  apt-get install -y -q chromium || { apt-get update -q && apt-get install -y -q chromium; } || \
	  echo "there is no Chromium and it cannot be installed here: the widget is not tested in a browser" >&2

test-python: python-wheel python-browser
	$(PY_BIN)/python -m pip install -q --disable-pip-version-check --no-deps --force-reinstall $(PY_WORK)/wheel/*.whl
	cd $(PY_ROOT) && $(PY_BIN)/python -m pytest -q -rs -p no:cacheprovider

PY_OLDEST := $(PY_WORK)/oldest/bin/python
test-python-oldest: python-wheel
	test -x $(PY_OLDEST) || $(PY_BIN)/python -m venv $(PY_WORK)/oldest
	$(PY_OLDEST) -m pip install -q --disable-pip-version-check -r $(PY_ROOT)/python/requirements-oldest.txt
	$(PY_OLDEST) -m pip install -q --disable-pip-version-check --no-deps --force-reinstall $(PY_WORK)/wheel/*.whl
	$(PY_OLDEST) -m pip check --disable-pip-version-check
	cd $(PY_ROOT)/python/tests && $(PY_OLDEST) -m pytest -q -rs -p no:cacheprovider test_builder.py test_documentation.py \
	  test_ensemble.py test_ensemble_tables.py test_inputs.py test_manual.py test_model.py test_pictures.py test_run.py test_sweep.py test_tables.py \
	  test_widget.py

check-python: $(PY_WORK)/venv.stamp
	cd $(PY_ROOT) && $(PY_BIN)/ruff format --no-cache --check python && $(PY_BIN)/ruff check --no-cache python

package-python: python-wheel
	$(PY_ROOT)/python/package.sh $(PY_ROOT) $(PY_WORK) $(PY_BIN)
