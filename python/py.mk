# The Python package: its tests and its packages. Included by the root Makefile, and usable by itself from
# the root: `make -f python/py.mk test-python`.
#
#   test-python      builds the wheel, installs it into an environment of its own, and runs python/tests
#   check-python     formatting and lints
#   package-python   wheel and source package, each installed into a fresh environment outside the checkout
#
# PYTHON=python3 is any Python from 3.11 on. Everything lies in the target folder; second runs build what changed.

PYTHON ?= python3

PY_ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
PY_TARGET := $(abspath $(or $(CARGO_TARGET_DIR),$(PY_ROOT)/target))
PY_WORK := $(PY_TARGET)/python
PY_BIN := $(PY_WORK)/venv/bin

.PHONY: test-python check-python package-python python-wheel

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

test-python: python-wheel
	$(PY_BIN)/python -m pip install -q --disable-pip-version-check --no-deps --force-reinstall $(PY_WORK)/wheel/*.whl
	cd $(PY_ROOT) && $(PY_BIN)/python -m pytest -q -p no:cacheprovider

check-python: $(PY_WORK)/venv.stamp
	cd $(PY_ROOT) && $(PY_BIN)/ruff format --no-cache --check python && $(PY_BIN)/ruff check --no-cache python

package-python: python-wheel
	$(PY_ROOT)/python/package.sh $(PY_ROOT) $(PY_WORK) $(PY_BIN)
