# Benches. The root Makefile includes this file.
#
#   make bench                 numpy, numba, C, C with FlowTime's rules and FlowTime, and one table
#   make bench PEERS=all       polars, pandas, numexpr, duckdb and JAX too
#   make bench QUICK=1         a first look: does not wait for a quiet machine, fewer workloads
#   make bench-scaling         time and memory as nodes, bins and documents grow
#   make bench-c-interface     a run from C over the same in Rust
#   make bench-criterion       by function and by workload, FlowTime alone
#
# Results are in benches/results/*.json.

BENCH_PYTHON ?= python3
BENCH_VENV ?= .venv/bench
BENCH_RESULTS ?= $(CURDIR)/benches/results
BENCH_RUN = PEERS_OUT=$(BENCH_RESULTS) $(if $(QUICK),PEERS_MAXWAIT=3) $(BENCH_VENV)/bin/python -u benches/peers

.PHONY: bench bench-build bench-scaling bench-c-interface bench-criterion

$(BENCH_VENV)/.ready: benches/peers/requirements.txt benches/peers/requirements-more.txt
	$(BENCH_PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/pip install --quiet --disable-pip-version-check -r benches/peers/requirements.txt
	touch $@

bench-build:
	cargo build --release -p flowtime-bench --lib --bins

# One after the other, never side by side: they measure time. numpy first, it makes references.
bench: bench-build $(BENCH_VENV)/.ready
	$(BENCH_RUN)/bench_numpy.py
	$(BENCH_RUN)/bench_numba.py w1 w2 w3
	$(BENCH_RUN)/bench_sol.py
	$(BENCH_RUN)/bench_sol_rules.py
	$(BENCH_RUN)/bench_flowtime.py
	$(BENCH_RUN)/bench_ensembles.py
	$(BENCH_RUN)/bench_more.py $(if $(QUICK),wide functions)
ifeq ($(PEERS),all)
	$(BENCH_VENV)/bin/pip install --quiet --disable-pip-version-check -r benches/peers/requirements-more.txt
	$(BENCH_RUN)/bench_frames.py
	$(BENCH_RUN)/bench_jax.py
endif
	$(BENCH_RUN)/table.py

bench-scaling: bench-build
	mkdir -p $(BENCH_RESULTS)
	$${CARGO_TARGET_DIR:-target}/release/flowtime-bench-scaling $(if $(QUICK),--quick) $(BENCH_RESULTS)/scaling.json

bench-c-interface: bench-build
	cargo build --release -p flowtime-ffi
	$${CARGO_TARGET_DIR:-target}/release/flowtime-bench-c-interface $${CARGO_TARGET_DIR:-target}/release/libflowtime.so

bench-criterion:
	cargo bench -p flowtime-bench
