#!/usr/bin/env bash
# Measures the shipped program against a real broker: scripts/live.sh bench|soak [OPTION...]
#
# bench  rounds and the first snapshot on 10,000 partitions and 200 groups, beside a bare C loop over the same calls
# soak   ten minutes in which groups, topics and members come and go, and whether the exporter grows
#
# Options are those of LiveBenchmarks, such as --tries=3. Lines of JSON go to standard output, all else to standard
# error. Ends with 1 when something grew, a target was missed or an answer was wrong; without KAFKA_HOME it says
# that nothing was measured and ends with 0.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly swift=scripts/swift.sh
readonly what="${1:-bench}"
shift || true

case "$what" in
bench) readonly default=() ;;
soak) readonly default=(--soak=600) ;;
*)
    echo "lagwarden: scripts/live.sh takes bench or soak, not $what." >&2
    exit 2
    ;;
esac

if [ -z "${KAFKA_HOME:-}" ]; then
    echo "SKIPPED the live $what: KAFKA_HOME is not set: it names an unpacked Apache Kafka; \`make kafka\` fetches one." >&2
    exit 0
fi
for product in lagwarden BareLoop LiveBenchmarks; do
    "$swift" build -c release --static-swift-stdlib --product "$product" >&2
done
exec .build/release/LiveBenchmarks "${default[@]}" "$@"
