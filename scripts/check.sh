#!/usr/bin/env bash
# Builds and checks everything: scripts/check.sh [all|kafka|other-kafka]
#
# all          (default) style, builds, every test, documents, deployment samples, a short benchmark
# kafka        only the tests that need a real Kafka; wants KAFKA_HOME
# other-kafka  of those the ones whose answer may differ with the version of Kafka, for each further version
#
# The last line is "N passed, N failed"; the exit code is 0 when nothing failed.
set -uo pipefail

cd "$(dirname "$0")/.."
. scripts/report.sh
readonly swift=scripts/swift.sh
readonly scope="${1:-all}"

lint() {
    "$swift" format lint --strict --parallel --recursive Package.swift Sources Tests
}

build_debug() {
    "$swift" build --build-tests --explicit-target-dependency-import-check error
}

build_release() {
    "$swift" build -c release --static-swift-stdlib --product lagwarden
}

# Arguments narrow it down. The XCTest half of `swift test` has nothing to run.
swift_tests() {
    local filters=()
    mapfile -t filters < <(narrowed "$@")
    if [ -z "${filters[0]:-}" ]; then filters=(); fi
    bounded 35m "$swift" test --skip-build --disable-xctest "${filters[@]}"
}

client_tests_on_newest() {
    LD_LIBRARY_PATH="$newest_folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
        LAGWARDEN_EXPECT_LIBRDKAFKA="$newest_version" swift_tests --filter KafkaClientTests
}

build_benchmarks() {
    "$swift" build -c release --static-swift-stdlib --product Benchmarks
}

benchmarks() {
    local load status=0
    build_benchmarks || return 1
    .build/release/Benchmarks --quick || status=1
    for load in wide:1 many:10 deep:100 wide:10:admin; do
        .build/release/Benchmarks --quick "--load=$load" || status=1
    done
    .build/release/Benchmarks --quick --load=many:10 --beside-full || status=1
    return "$status"
}

# What does not leak passes, and what does is found.
short_soak() {
    build_benchmarks || return 1
    scripts/soak.sh .build/release/Benchmarks 400 || return 1
    if .build/release/Benchmarks --soak=400 --leak=4000; then
        echo "a leak of 4,000 bytes a round was not found" >&2
        return 1
    fi
}

samples() {
    promtool check config --lint=none deploy/prometheus.yml
}

rules() {
    local file status=0
    while IFS= read -r file; do
        promtool check rules "$file" || status=1
    done < <(find alerts -name '*.yml' -o -name '*.yaml' | sort)
    for file in Tests/Alerts/*.test.yml; do promtool test rules "$file" || status=1; done
    return "$status"
}

scripts_parse() {
    local file status=0
    for file in scripts/*.sh scripts/tests/*.sh .ci/run; do
        bash -n "$file" || status=1
    done
    return "$status"
}

drift() {
    scripts/dashboards.sh --check
}

# Fetches the newest librdkafka, when it can be had: its version and folder, and where the tests of the built
# program look for it.
newest_version=""
fetch_newest_librdkafka() {
    local said
    if ! said="$(scripts/newest-librdkafka.sh)"; then
        skip "tests with the newest librdkafka" "it could not be fetched (see above)"
        return
    fi
    read -r newest_version newest_folder <<<"$said"
    export LAGWARDEN_NEWEST_LIBRDKAFKA="$newest_folder"
}

# The client's own tests on it: the same binary, found by the loader.
newest_librdkafka() {
    if [ -z "$newest_version" ]; then return; fi
    tests "tests with librdkafka $newest_version" client_tests_on_newest
}

"$swift" --where >/dev/null || exit 1

# What is about the exporter's own outside, another program or speed says nothing new with another Kafka, nor
# does the client on another librdkafka.
readonly same_with_every_kafka=(
    --skip 'EndToEndTests\.(AlertTests|DashboardTests|LiveBenchmarkTests|NotifyProcessTests|ProcessTests)/'
    --skip 'EndToEndTests\.(BudgetTests|FaultTests|OffsetsTopicSpeedTests|QuotaTests)/'
    --skip 'EndToEndTests\.RealKafka/(BurrowTests|FoldingTests|NotificationTests|SelectionTests)/'
    --skip 'EndToEndTests\.GuardedKafka/(PrometheusTests|TwoClustersTests)/'
    --skip 'EndToEndTests\.WatchedKafka/ShardingTests/'
    --skip 'KafkaClientTests\.(BrokerBudget|BrokerGates|FeedMock|Leak|MockCluster|OneShot|WorkQueue)Tests/'
    --skip DemoTests
)

if [ "$scope" = kafka ] || [ "$scope" = other-kafka ]; then
    if [ -z "${KAFKA_HOME:-}" ]; then
        echo "lagwarden: KAFKA_HOME is not set: it names an unpacked Apache Kafka; \`make kafka\` fetches one." >&2
        exit 1
    fi
    section "debug build, warnings as errors" build_debug
    if [ "$report_failed" -eq 0 ]; then
        fetch_newest_librdkafka
        kafka_tests=(
            --filter KafkaClientTests --filter LagwardenTestKitTests --filter DemoTests --filter EndToEndTests
        )
        if [ "$scope" = other-kafka ]; then kafka_tests+=("${same_with_every_kafka[@]}"); fi
        tests "tests with Kafka" swift_tests "${kafka_tests[@]}"
        if [ "$scope" = kafka ]; then newest_librdkafka; fi
    fi
    summary
    exit
fi

section "format lint" lint
section "scripts parse" scripts_parse
for test in scripts/tests/*.sh; do section "$test" "$test"; done
section "debug build, warnings as errors" build_debug
built="$report_failed"
section "release build" build_release
if [ "$built" -eq 0 ] || [ -d .build/debug/lagwardenPackageTests.xctest ] || [ -x .build/debug/lagwardenPackageTests.xctest ]; then
    fetch_newest_librdkafka
    tests "tests" swift_tests
    newest_librdkafka
else
    skip "tests" "the debug build failed"
fi
section "short benchmark" benchmarks
section "short soak" short_soak
if scripts/dashboards.sh --fetch; then
    section "dashboards are what their sources say" drift
else
    skip "dashboards against their sources" "their library could not be fetched (see above)"
fi
if command -v promtool >/dev/null; then
    section "Prometheus sample" samples
    if compgen -G 'alerts/*.y*ml' >/dev/null; then section "alert rules" rules; fi
else
    skip "Prometheus sample and rules" "there is no promtool (Debian: prometheus)"
fi
summary
