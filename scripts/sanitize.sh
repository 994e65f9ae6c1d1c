#!/usr/bin/env bash
# Runs the unit tests under AddressSanitizer (with leaks) and ThreadSanitizer: scripts/sanitize.sh [address] [thread]
#
# Each has its own scratch folder below .build. Tests that start other programs, and those about the
# repository itself, are left out: the sanitizers see nothing of them.
set -uo pipefail

cd "$(dirname "$0")/.."
. scripts/report.sh
readonly swift=scripts/swift.sh
readonly left_out=(--skip EndToEndTests --skip LagwardenTestKitTests --skip HouseTests)

# A real Kafka adds minutes and no finding: the client is tested with librdkafka's mock brokers here.
unset KAFKA_HOME

# ThreadSanitizer does not see into the standard library's lock: see Sources/Locking.
build() {
    local define=()
    if [ "$1" = thread ]; then define=(-Xswiftc -DTHREAD_SANITIZER); fi
    "$swift" build --build-tests --sanitize="$1" --scratch-path ".build/sanitize-$1" "${define[@]}"
}

# librdkafka starts its threads with C11's thrd_create, which ThreadSanitizer does not know: it crashes in the
# first of them. Suites that open a handle are left to AddressSanitizer.
readonly with_librdkafka=(
    --skip 'KafkaClientTests\.(LeakTests|MockClusterTests|RealBrokerTests|SettingsTests)'
    --skip 'DemoTests\.(DemoRunTests|EmbeddedVenueTests|RealVenueTests)'
)

sanitized() {
    local also_out=()
    if [ "$1" = thread ]; then also_out=("${with_librdkafka[@]}"); fi
    if [ -n "$report_only" ]; then also_out+=(--filter "$report_only"); fi
    "$swift" test --skip-build --disable-xctest --sanitize="$1" --scratch-path ".build/sanitize-$1" \
        "${left_out[@]}" "${also_out[@]}"
}

"$swift" --where >/dev/null || exit 1
folder="$PWD/scripts"
export TSAN_OPTIONS="second_deadlock_stack=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
export ASAN_OPTIONS="detect_leaks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
export LSAN_OPTIONS="suppressions=$folder/leak-sanitizer.supp:print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}"

if [ "$#" -eq 0 ]; then set -- address thread; fi
for sanitizer in "$@"; do
    before="$report_failed"
    section "build for the $sanitizer sanitizer" build "$sanitizer"
    if [ "$report_failed" -eq "$before" ]; then
        tests "unit tests, $sanitizer sanitizer" sanitized "$sanitizer"
    fi
done
summary
