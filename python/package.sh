#!/usr/bin/env bash
# The packages as users get them: the wheel, and what pip makes of the source package, each in a fresh
# environment and a folder that knows nothing of the checkout.
set -euo pipefail
root=$1 work=$2 bin=$3
rm -rf "$work/sdist" "$work/outside"
mkdir -p "$work/outside"
(cd "$root" && "$bin/maturin" sdist --out "$work/sdist")

# What a user would try first.
cat > "$work/outside/first.py" <<'PROGRAM'
import flowtime as ft

assert "outside" in ft.__file__, ft.__file__
run = ft.run_yaml("""
schemaVersion: 1
grid: {bins: 3, binSize: 1, binUnit: hours}
nodes:
  - {id: demand, kind: const, values: [8, 12, 10]}
  - {id: served, kind: expr, expr: 'MIN(demand, 9)'}
""", inputs={"demand": [1, 20, 3]})
assert run["served"].tolist() == [1.0, 9.0, 3.0]
ft.show_versions()
PROGRAM

for package in "$work"/wheel/*.whl "$work"/sdist/*.tar.gz; do
  echo "== $(basename "$package"), $(stat -c %s "$package") bytes"
  rm -rf "$work/outside/venv"
  "$bin/python" -m venv "$work/outside/venv"
  # Its own target folder: nothing of the checkout's may help. numpy is all that it brings along.
  CARGO_TARGET_DIR="$work/outside/target" "$work/outside/venv/bin/python" -m pip install -q \
    --disable-pip-version-check "$package"
  (cd "$work/outside" && "$work/outside/venv/bin/python" first.py && "$work/outside/venv/bin/flowtime" --version)
  "$work/outside/venv/bin/python" -m pip list --disable-pip-version-check --format=freeze | sort > "$work/outside/installed"
  ! grep -Evi '^(flowtime|numpy|pip|setuptools)(==| @)' "$work/outside/installed"
done
rm -rf "$work/outside"
