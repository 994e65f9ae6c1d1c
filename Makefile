# Lagwarden. `make help` lists what there is. The work is done by scripts/, which also say what is missing.

PREFIX ?= /usr/local
DESTDIR ?=
BINARY := .build/release/lagwarden
SWIFT := scripts/swift.sh
# Words after `lagwarden demo`, such as DEMO='--demo.duration=30s'.
DEMO ?=

.DEFAULT_GOAL := help
.PHONY: help swift build test test-kafka test-other-kafka sanitize sanitize-build fuzz demo kafka bench bench-live soak soak-live dashboards lint format install uninstall clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# First, so that a machine without Swift installs nothing and says one sentence.
swift:
	@$(SWIFT) --where >/dev/null

build: swift ## build the program: .build/release/lagwarden
	@scripts/install-dependencies.sh build
	@$(SWIFT) build -c release --static-swift-stdlib --product lagwarden

demo: swift ## build, then a cast of consumer groups with the exporter on them; Ctrl-C ends it
	@scripts/install-dependencies.sh demo
	@$(SWIFT) build -c release --static-swift-stdlib --product lagwarden
	@exec $(BINARY) demo $(DEMO)

test: swift ## install what is missing, build and check everything
	@scripts/install-dependencies.sh test
	@scripts/check.sh

test-kafka: swift ## only the tests that need a real Kafka: KAFKA_HOME=FOLDER make test-kafka
	@scripts/install-dependencies.sh test
	@scripts/check.sh kafka

test-other-kafka: swift # the tests whose answer may differ with the version of Kafka, for a second one
	@scripts/install-dependencies.sh test
	@scripts/check.sh other-kafka

sanitize-build: swift # what `make sanitize` builds first
	@scripts/install-dependencies.sh build
	@scripts/sanitize.sh build

sanitize: swift ## unit tests under AddressSanitizer and ThreadSanitizer
	@scripts/install-dependencies.sh build
	@scripts/sanitize.sh

fuzz: swift ## decode ten million damaged records of the offsets topic under AddressSanitizer: SEED=2 make fuzz
	@scripts/install-dependencies.sh build
	@scripts/sanitize.sh fuzz

kafka: ## download Apache Kafka into .kafka/ and check it: KAFKA_VERSION=4.1.0 make kafka
	@scripts/install-dependencies.sh kafka
	@scripts/download-kafka.sh

bench: swift ## measure parts and whole rounds, compare with docs/benchmarks.json; JSON on standard output
	@scripts/install-dependencies.sh build >&2
	@$(SWIFT) build -c release --static-swift-stdlib --product Benchmarks >&2
	@scripts/bench.sh .build/release/Benchmarks
	@scripts/live.sh bench

bench-live: swift ## only against a real broker, beside a bare C loop: KAFKA_HOME=FOLDER make bench-live
	@scripts/install-dependencies.sh build >&2
	@scripts/live.sh bench

soak: swift ## ten thousand rounds, and whether the exporter grows: ROUNDS=1000 make soak
	@scripts/install-dependencies.sh build >&2
	@$(SWIFT) build -c release --static-swift-stdlib --product Benchmarks >&2
	@scripts/soak.sh .build/release/Benchmarks $(ROUNDS)
	@scripts/live.sh soak

soak-live: swift ## ten minutes on a real broker, and whether the exporter grows: KAFKA_HOME=FOLDER make soak-live
	@scripts/install-dependencies.sh build >&2
	@scripts/live.sh soak

dashboards: ## build dashboards/*.json from dashboards/source
	@scripts/install-dependencies.sh dashboards
	@scripts/dashboards.sh

lint: swift ## check the format of all Swift files
	@$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format: swift ## format all Swift files
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

install: ## copy the built program and its samples below PREFIX (default /usr/local)
	@test -x $(BINARY) || { echo 'lagwarden: there is no $(BINARY): run `make build` first.' >&2; exit 1; }
	install -D -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/lagwarden
	install -D -m 0644 deploy/lagwarden.reference.yaml $(DESTDIR)$(PREFIX)/share/lagwarden/lagwarden.reference.yaml
	install -D -m 0644 deploy/lagwarden.service $(DESTDIR)$(PREFIX)/share/lagwarden/lagwarden.service
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/lagwarden/alerts alerts/*.yml
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/lagwarden/dashboards dashboards/*.json
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/doc/lagwarden/runbooks docs/runbooks/*.md
	install -D -m 0644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/lagwarden/LICENSE

uninstall: ## remove what install copied
	rm -f $(DESTDIR)$(PREFIX)/bin/lagwarden
	rm -rf $(DESTDIR)$(PREFIX)/share/lagwarden $(DESTDIR)$(PREFIX)/share/doc/lagwarden

clean: ## remove everything that was built; a downloaded Kafka stays
	rm -rf .build .tools
