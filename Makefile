# A thin front over Meson and Ninja. `make demo` and `make test` need nothing but this checkout.
#
#   make            dependencies and the release build: build/suwen
#   make demo       the main job, from nothing to governed tables
#   make test       every gate and every test (sanitizers on)
#   make bench      measurements (BENCH=NAME for one)
#   make fuzz       FUZZ=NAME SECONDS=600
#   make dist       the offline bundle, build/dist/
#   make docs       docs/packs.md from the config maps
#   make lint       clang-tidy with its path-sensitive analyser and cppcheck over everything
SHELL := /bin/sh
BENCH ?=
FUZZ ?=
SECONDS ?= 60
ROOM ?=

.PHONY: all build demo test unit bench dist docs fuzz lint deps clean

all: build

deps:
	@deps/install.sh build

build: deps
	@tools/build.sh build

demo: build
	@tools/demo.sh

test:
	@deps/install.sh build test
	@python3 tests/run.py

# The unit tests of one room, quickly: make unit ROOM=base
unit:
	@deps/install.sh build test
	@python3 tests/run.py --no-gates $(if $(ROOM),--suite $(ROOM))

bench: build
	@bench/run.sh $(BENCH)

fuzz:
	@deps/install.sh build test
	@fuzz/run.sh "$(FUZZ)" $(SECONDS)

dist: build
	@tools/dist.sh

docs: build
	@build/suwen --lang en pack docs > docs/packs.md
	@build/suwen --lang zh pack docs > docs/packs.zh.md

lint:
	@deps/install.sh build test
	@python3 tests/gates/lint.py --full

clean:
	rm -rf build
