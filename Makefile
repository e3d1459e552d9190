# The one entry point. `make` lists what there is.

CARGO ?= cargo
TARGET = $${CARGO_TARGET_DIR:-target}
FUZZ_SECONDS ?= 60
MODELS ?= 100000
KILLS ?= 1000

.PHONY: help demo test test-long check msrv fuzz fuzz-replay docs

help:
	@echo "make demo           run the airport model and draw it"
	@echo "make test           every test that takes minutes"
	@echo "make test-python    the Python package alone (PYTHON=python3); make package-python: as users get it"
	@echo "make test-python-oldest   the same with the oldest packages that it works with"
	@echo "make test-long      $(MODELS) generated models; $(KILLS) killed writers; each fuzz target for $(FUZZ_SECONDS) s"
	@echo "make test-sanitize  the C tests under AddressSanitizer, UBSan and valgrind"
	@echo "make install        libflowtime, like a system library: PREFIX=/usr/local DESTDIR= LIBDIR=lib INCLUDEDIR=include STRIP="
	@echo "make check          formatting, lints, documentation, generated pages, packaging"
	@echo "make msrv           the oldest Rust that is supported compiles everything (rustup installs it)"
	@echo "make docs           write generated pages and golden messages anew"
	@echo "make fuzz           each fuzz target for $(FUZZ_SECONDS) s"
	@echo "make fuzz-replay    the committed cases of the fuzz targets once more"
	@echo "make bench          against other tools"

demo:
	$(CARGO) build --release -p flowtime-cli
	"$(TARGET)/release/flowtime" examples/models/airports/airports.yaml --plot --output data

test:
	$(CARGO) test --workspace --no-fail-fast
	$(MAKE) test-c
	$(MAKE) test-python

test-long:
	FLOWTIME_MODELS=$(MODELS) $(CARGO) test --release -p flowtime-core --test engine generated_models
	FLOWTIME_KILLS=$(KILLS) $(CARGO) test --release -p flowtime-registry --test registry crowd -- --nocapture
	$(MAKE) fuzz

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps
	$(CARGO) test -p flowtime-cli --test project catalogues
	$(MAKE) check-python
	$(CARGO) publish -p flowtime-core --dry-run --no-verify --allow-dirty

# Clippy, in `make check`, knows which parts of the standard library are too new; this knows the rest.
msrv:
	version=$$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) && \
	rustup toolchain install "$$version" --profile minimal && \
	CARGO_TARGET_DIR="$(TARGET)/msrv" cargo "+$$version" check --workspace --all-targets

# Without a sanitizer the targets run on the stable compiler. What is found on the way goes to the target folder,
# not into the corpus of the project.
fuzz:
	@if [ ! -d fuzz ]; then echo "there are no fuzz targets here"; \
	elif ! $(CARGO) fuzz --version > /dev/null 2>&1; then echo "cargo-fuzz is not installed: cargo install cargo-fuzz"; exit 1; \
	else set -e; \
	  for target in $$($(CARGO) fuzz list); do \
	    mkdir -p "$(TARGET)/fuzz/$$target" "fuzz/corpus/$$target"; \
	    $(CARGO) fuzz run --sanitizer none "$$target" "$(TARGET)/fuzz/$$target" "fuzz/corpus/$$target" \
	      -- -max_total_time=$(FUZZ_SECONDS) -timeout=20; \
	  done; \
	fi

# The committed cases once more, and a fixed number of generated models: the same work every time.
fuzz-replay:
	@set -e; for target in document expression migrate; do \
	  $(CARGO) fuzz run --sanitizer none "$$target" -- -runs=0; \
	done; \
	$(CARGO) fuzz run --sanitizer none plan -- -runs=500 -seed=1 -len_control=0 -max_len=64

docs:
	FLOWTIME_UPDATE=1 $(CARGO) test -p flowtime-core --test schema --test analysis every_example
	FLOWTIME_UPDATE=1 $(CARGO) test -p flowtime-draw --test golden
	FLOWTIME_UPDATE=1 $(CARGO) test -p flowtime-cli --test cli text
	FLOWTIME_UPDATE=1 $(CARGO) test -p flowtime-cli --test project catalogues
	$(CARGO) doc --workspace --no-deps

ifneq ($(wildcard benches/bench.mk),)
include benches/bench.mk
else
.PHONY: bench
bench:
	@echo "there are no benches here"
endif

include flowtime-ffi/ffi.mk
include python/py.mk
