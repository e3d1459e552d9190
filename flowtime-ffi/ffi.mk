# The C interface: header, C tests, sanitizers, installation. Included by the root Makefile, and usable
# by itself from the root: `make -f flowtime-ffi/ffi.mk test-c`.
#
#   header          writes include/flowtime.h and include/flowtime.symbols anew
#   test-c          installs into a fresh directory and runs the C, C++ and ctypes tests against it
#   test-sanitize   the same C tests under AddressSanitizer, UBSan and valgrind. Stable Rust will do: the sanitizers
#                   are those of the C compiler, and watch the tests and every allocation of the library, whose
#                   own reads and writes valgrind watches
#   test-install    installs and uninstalls the library as users get it, and builds the examples against it
#   test-miri       every function of the interface, called from Rust under Miri, a minute or two; needs
#                   `rustup toolchain install nightly --component miri --component rust-src`
#   install         PREFIX=/usr/local, DESTDIR=: header, libraries, pkg-config and CMake files; LIBDIR=lib and
#                   INCLUDEDIR=include are below PREFIX, or anywhere when they begin with /; STRIP=1 leaves out
#                   what only debuggers read
#   uninstall       takes away what `install` with the same variables put there

CARGO ?= cargo
CMAKE ?= cmake
PREFIX ?= /usr/local
LIBDIR ?= lib
INCLUDEDIR ?= include
DESTDIR ?=
STRIP ?=
# `dev` or `release`; the installed library is optimised unless asked otherwise.
FFI_PROFILE ?= release
FFI_TEST_PROFILE ?= dev

FFI_ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
FFI_TARGET := $(abspath $(or $(CARGO_TARGET_DIR),$(FFI_ROOT)/target))
FFI_WORK := $(FFI_TARGET)/ffi
FFI_STAGE := $(FFI_WORK)/prefix
FFI_VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' $(FFI_ROOT)/Cargo.toml | head -n 1)
FFI_ABI := $(shell sed -n 's/^const ABI_VERSION: u32 = \(.*\);/\1/p' $(FFI_ROOT)/flowtime-ffi/src/version.rs)
ffi-out = $(FFI_TARGET)/$(if $(filter dev,$(1)),debug,$(1))
ffi-make = $(MAKE) -f $(FFI_ROOT)/flowtime-ffi/ffi.mk

.PHONY: header install uninstall test-c test-sanitize test-miri test-install ffi-tools ffi-stage ffi-outside

header:
	cd $(FFI_ROOT) && FLOWTIME_UPDATE=1 $(CARGO) test -q -p flowtime-ffi --test header

# What the tests need besides Rust, make and a C compiler; installed where the machine has apt-get.
ffi-tools:
	@for tool in cmake pkg-config valgrind c++; do \
	  command -v $$tool >/dev/null && continue; \
	  package=$$(echo $$tool | sed 's/^c++$$/g++/'); \
	  apt-get install -y -q $$package || \
	    { apt-get update -q && apt-get install -y -q $$package; } || { echo "please install $$package" >&2; exit 1; }; \
	done

ffi-install = DESTDIR="$(DESTDIR)" STRIP="$(STRIP)" $(FFI_ROOT)/flowtime-ffi/install/install.sh $(1) "$(FFI_ROOT)" \
	"$(call ffi-out,$(FFI_PROFILE))" "$(PREFIX)" "$(LIBDIR)" "$(INCLUDEDIR)" $(FFI_VERSION) $(FFI_ABI)

install:
	cd $(FFI_ROOT) && $(CARGO) build -q -p flowtime-ffi --profile $(FFI_PROFILE)
	$(call ffi-install,install)

uninstall:
	$(call ffi-install,uninstall)

# The library with the entries for tests is built first, so that the one without them stays.
ffi-stage: ffi-tools
	mkdir -p $(FFI_WORK)/entries
	cd $(FFI_ROOT) && $(CARGO) build -q -p flowtime-ffi --profile $(FFI_TEST_PROFILE) --features test-entries
	cp $(call ffi-out,$(FFI_TEST_PROFILE))/libflowtime.so $(FFI_WORK)/entries/libflowtime.so.$(FFI_ABI)
	cd $(FFI_ROOT) && $(CARGO) build -q -p flowtime-cli --profile $(FFI_TEST_PROFILE)
	rm -rf $(FFI_STAGE)
	$(ffi-make) install FFI_PROFILE=$(FFI_TEST_PROFILE) PREFIX=$(FFI_STAGE) DESTDIR= LIBDIR=lib INCLUDEDIR=include

ffi-configure = $(CMAKE) --fresh -S $(FFI_ROOT)/flowtime-ffi/tests-c -B $(FFI_WORK)/$(1) \
	-DCMAKE_PREFIX_PATH=$(FFI_STAGE) -DFLOWTIME_TEST_LIBRARY=$(FFI_WORK)/entries/libflowtime.so.$(FFI_ABI) \
	-DFLOWTIME_COMMAND=$(call ffi-out,$(FFI_TEST_PROFILE))/flowtime

test-c: ffi-stage ffi-outside
	$(call ffi-configure,plain) >/dev/null
	$(CMAKE) --build $(FFI_WORK)/plain
	cd $(FFI_WORK)/plain && ctest --output-on-failure

test-sanitize: ffi-stage
	$(call ffi-configure,sanitize) -DFLOWTIME_SANITIZE=ON >/dev/null
	$(CMAKE) --build $(FFI_WORK)/sanitize
	cd $(FFI_WORK)/sanitize && ctest --output-on-failure
	$(call ffi-configure,valgrind) -DFLOWTIME_VALGRIND=ON >/dev/null
	$(CMAKE) --build $(FFI_WORK)/valgrind
	cd $(FFI_WORK)/valgrind && ctest --output-on-failure

test-miri:
	cd $(FFI_ROOT) && CARGO_TARGET_DIR=$(FFI_TARGET)/miri $(CARGO) +nightly miri test -p flowtime-ffi --lib

# The examples, copied to a directory that knows nothing of the checkout, built with pkg-config and with CMake.
ffi-outside: ffi-stage
	$(FFI_ROOT)/flowtime-ffi/install/outside.sh $(FFI_ROOT) $(FFI_STAGE)/lib $(FFI_ABI) $(FFI_WORK)/outside

# As a distribution packs it, with folders that are not the usual ones, then moved and taken away again.
FFI_PACKED = DESTDIR=$(FFI_WORK)/packed PREFIX=/opt/flow LIBDIR=lib/here INCLUDEDIR=include/flowtime STRIP=1
test-install: ffi-tools
	rm -rf $(FFI_WORK)/packed $(FFI_WORK)/moved
	$(ffi-make) install $(FFI_PACKED)
	cp -a $(FFI_WORK)/packed/opt/flow $(FFI_WORK)/moved
	$(FFI_ROOT)/flowtime-ffi/install/outside.sh $(FFI_ROOT) $(FFI_WORK)/moved/lib/here $(FFI_ABI) $(FFI_WORK)/outside
	$(ffi-make) uninstall $(FFI_PACKED)
	test -z "$$(find $(FFI_WORK)/packed ! -type d)"
