#!/usr/bin/env bash
# Runs all benchmarks, each load in a process of its own, and compares their ratios with the committed baseline:
# scripts/bench.sh PROGRAM
#
# Lines of JSON go to standard output, what they mean to standard error. Ends with 1 when an answer was wrong or
# a ratio got worse. LAGWARDEN_WRITE_BASELINE=1 writes the baseline instead of comparing with it.
set -uo pipefail

cd "$(dirname "$0")/.."
readonly program="${1:?the program Benchmarks}"
readonly baseline=docs/benchmarks.json
readonly loads="wide:1 wide:10 wide:100 many:1 many:10 many:100 deep:1 deep:10 deep:100 wide:1:admin"
# Beside full rounds of the same process: both have the same minute of a shared machine.
readonly beside_full="wide:1 wide:10 many:1 many:10 deep:1 deep:10"
# Within the limit of series that the exporter ships with, which is what the targets of memory are about.
readonly limited="wide:1 many:1 deep:1"
readonly series=1000000

lines="$(mktemp)"
trap 'rm -f "$lines"' EXIT

# A run whose answer is wrong says so in its line; the judge ends with 1 then. One without a line did not end well.
status=0
measure() {
    local before
    before="$(wc -l <"$lines")"
    "$program" "$@" | tee -a "$lines"
    if [ "$(wc -l <"$lines")" -eq "$before" ]; then
        echo "lagwarden: Benchmarks $* ended without a result." >&2
        status=1
    fi
}

measure
for load in $loads; do measure "--load=$load"; done
for load in $beside_full; do measure "--load=$load" --beside-full; done
for load in $limited; do measure "--load=$load" "--series=$series"; done

options=()
if [ -n "${LAGWARDEN_WRITE_BASELINE:-}" ]; then options=(--write-baseline); fi
"$program" "--judge=$lines" "--baseline=$baseline" "${options[@]}" >&2 || status=1
exit "$status"
