#!/usr/bin/env bash
# Runs the unit tests under AddressSanitizer (with leaks) and ThreadSanitizer, and the fuzzer under the first:
# scripts/sanitize.sh [address] [thread] [fuzz]
#
# Each has its own scratch folder below .build. Tests that start other programs, those about the repository
# itself, and those of plain values are left out: the sanitizers see nothing in them. scripts/sanitize.sh build
# only builds all.
set -uo pipefail

cd "$(dirname "$0")/.."
. scripts/report.sh
readonly swift=scripts/swift.sh
# Plain values: modules without a pointer, a call of C or a task. One test more is theirs, through the monitor.
readonly left_out=(
    --skip EndToEndTests --skip LagwardenTestKitTests --skip HouseTests
    --skip '(LagAnalysis|LagModel)Tests\.' --skip 'MonitorTests\.IncrementalStagesTests'
)
# ThreadSanitizer looks for threads only: these have pointers but no task.
readonly without_threads=(
    --skip '(Configuration|Exposition|GroupJournal|OffsetsTopic)Tests\.'
)

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
    --skip 'KafkaClientTests\.(Feed\w*Tests|LeakTests|MockClusterTests|RealBrokerTests|SettingsTests)'
    --skip 'DemoTests\.(DemoRunTests|EmbeddedVenueTests|RealVenueTests)'
)

sanitized() {
    local also_out=()
    if [ "$1" = thread ]; then also_out=("${with_librdkafka[@]}" "${without_threads[@]}"); fi
    if [ -n "$report_only" ]; then also_out+=(--filter "$report_only"); fi
    # All at once they would wait for the two processors longer than their own time limits.
    SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 bounded 10m "$swift" test --skip-build --disable-xctest \
        --sanitize="$1" --scratch-path ".build/sanitize-$1" "${left_out[@]}" "${also_out[@]}"
}

# Ten million damaged records of the offsets topic, about a minute and a half. No single allocation may be of
# more than 16 MiB, whatever a record says of its own length.
fuzzed() {
    ASAN_OPTIONS="max_allocation_size_mb=16:allocator_may_return_null=0:$ASAN_OPTIONS" \
        .build/sanitize-address/release/Fuzz --records=10000000 --seed="${SEED:-1}"
}

build_fuzzer() {
    "$swift" build -c release --product Fuzz --sanitize=address --scratch-path .build/sanitize-address
}

# checked SANITIZER: builds, and runs the tests if that went well.
checked() {
    local before="$report_failed"
    section "build for the $1 sanitizer" build "$1"
    if [ "$report_failed" -eq "$before" ]; then
        tests "unit tests, $1 sanitizer" sanitized "$1"
    fi
}

fuzz() {
    local before="$report_failed"
    section "build the fuzzer, address sanitizer" build_fuzzer
    if [ "$report_failed" -eq "$before" ]; then
        section "fuzzing, address sanitizer" fuzzed
    fi
}

"$swift" --where >/dev/null || exit 1
folder="$PWD/scripts"
export TSAN_OPTIONS="second_deadlock_stack=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
export ASAN_OPTIONS="detect_leaks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
export LSAN_OPTIONS="suppressions=$folder/leak-sanitizer.supp:print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}"

if [ "${1:-}" = build ]; then
    for sanitizer in address thread; do section "build for the $sanitizer sanitizer" build "$sanitizer"; done
    section "build the fuzzer, address sanitizer" build_fuzzer
    summary
    exit
fi

if [ "$#" -eq 0 ]; then set -- address fuzz thread; fi
for part in "$@"; do
    if [ "$part" = fuzz ]; then fuzz; else checked "$part"; fi
done
summary
