# `make build` gives build/, `make test` tests it, `make demo` shows it. Each target says what it
# lacks and how to get it. One optimised build serves the products, the tests, the benchmarks and
# the demo; the only other one is the faults build.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

OPTIMISED := -c release -Xswiftc -enable-testing
FAULTS    := $(OPTIMISED) -Xswiftc -DFAULTS -Xcc -DFAULTS --scratch-path .build/faults
EMBEDDED  := --traits Embedded --product interposer -c release
# `swift test` would add -enable-testing a second time and compile everything again.
SHARED    := --disable-testable-imports --disable-xctest

SEEDS    ?= 1000
SEED     ?= $(shell date +%s)
SAMPLE   ?=
FILTER   ?=
NAMES    ?=
FAULT    ?=
GPU      ?=
CAPACITY ?=
PREBUILT ?=

.PHONY: build build-faults setup wheel deb image pages test test-install test-containers check
.PHONY: sim mutants full bench demo gpu-check gpu-record format clean help

build:                ## the products: build/bin, build/lib
	@swift build $(OPTIMISED) --build-tests
	@swift build $(EMBEDDED) --scratch-path .build/embedded
	@Tools/install-products .build/release .build/embedded/release build
	@$(MAKE) --silent -C Conformance BUILD=$(CURDIR)/build/clients

build-faults:         ## the same with every planted fault in it: build-faults/
	@swift build $(FAULTS) --build-tests
	@swift build $(EMBEDDED) -Xswiftc -DFAULTS -Xcc -DFAULTS --scratch-path .build/faults-embedded
	@Tools/install-products .build/faults/release .build/faults-embedded/release build-faults

setup:                ## what build, tests, demo and pages need from outside; no network later
	@Tools/setup

wheel: build          ## dist/tidelock-*.whl, for machines without Swift
	@Tools/setup --wheel
	@Tools/make-wheel build dist

deb: build            ## dist/tidelock_*.deb: agent, command, objects, units, manual pages
	@Tools/make-deb build dist

pages: setup wheel    ## every sh block of README.md and docs/, in a fresh environment
	@Tools/run-blocks

test: setup build     ## all tests, then the ten slowest; FILTER=regex for some
	@Tools/run-tests "$(FILTER)" $(OPTIMISED) $(SHARED)

test-install: wheel   ## the wheel and the automatic agent, as an ordinary user; NAMES="..."
	@Tools/setup
	@Tools/test-install $(NAMES)

image: deb            ## dist/tidelock-agent_*.oci.tar: the agent's image, of Debian's packages
	@Tools/make-image dist/tidelock_*_amd64.deb dist

test-containers: image ## with podman, runc, root; once with a Debian mirror; NAMES="..."
	@Tools/test-containers $(NAMES)

check:                ## format, house rules, generated files, shell and Python syntax
	@Tools/check $(OPTIMISED) $(SHARED)

sim: build            ## the policy core in SEEDS seeded worlds
	@.build/release/world --seeds $(SEEDS)

mutants: build-faults ## every planted fault is noticed by its test; SAMPLE=5 SEED=n for some
	@$(MAKE) --silent -C Conformance
	@Tools/mutants --seed "$(SEED)" --sample "$(or $(SAMPLE),0)" \
	  .build/faults/release/tidelockPackageTests.xctest

full: build           ## 2,000 random programs and 2,000 over the catalogue; Benchmarks/full.txt
	@Tools/full $(OPTIMISED) $(SHARED)

bench: setup build    ## the table of Benchmarks/, and .build/bench/results.json
	@Tools/optional Benchmarks/bench

demo:                 ## three programs that do not fit; FAULT=name, GPU=real, CAPACITY=quantity
	@Tools/demo "$(FAULT)" "$(GPU)" "$(CAPACITY)" "$(PREBUILT)"

gpu-check:            ## what only a GPU can answer; PREBUILT=1 on a machine without Swift
	@$(if $(PREBUILT),,$(MAKE) setup build)
	@Tools/optional Conformance/gpu-check

gpu-record:           ## a real driver's answers to the probes, into Conformance/answers/
	@ANSWERS=1 $(MAKE) --silent gpu-check PREBUILT=$(PREBUILT)

format:               ## rewrite the Swift sources as `make check` wants them
	@swift format --in-place --recursive --parallel Sources Tests Package.swift

clean:
	@rm -rf .build build build-faults dist

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16
