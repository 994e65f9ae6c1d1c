#!/usr/bin/env bash
# Thousands of rounds in which groups, topics and members come and go, and whether the exporter grows meanwhile:
# scripts/soak.sh PROGRAM [ROUNDS]
#
# The same against a real broker comes behind it, where KAFKA_HOME names one. Lines of JSON go to standard
# output. Ends with 1 when something grew or an answer was wrong.
set -uo pipefail

cd "$(dirname "$0")/.."
readonly program="${1:?the program Benchmarks}"
readonly rounds="${2:-10000}"

exec "$program" "--soak=$rounds"
