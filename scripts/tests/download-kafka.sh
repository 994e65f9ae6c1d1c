#!/usr/bin/env bash
# Checks scripts/download-kafka.sh with a mirror made of files: good, tampered, foreign and missing archives.
set -euo pipefail

cd "$(dirname "$0")/../.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
failures=0

# check TITLE CONDITION...: one line each.
check() {
    local title="$1"
    shift
    if "$@"; then echo "ok: $title"; else echo "NOT ok: $title"; failures=$((failures + 1)); fi
}

# publish VERSION: an archive with a jar, and its checksum in Apache's form.
publish() {
    local name="kafka_2.13-$1" folder="$work/mirror/$1" digits
    mkdir -p "$folder" "$work/$name/libs"
    echo jar >"$work/$name/libs/kafka-clients-$1.jar"
    tar -czf "$folder/$name.tgz" -C "$work" "$name"
    digits="$(sha512sum "$folder/$name.tgz" | cut -c 1-128 | tr 'a-f' 'A-F')"
    {
        printf '%s: ' "$name.tgz"
        fold -w 8 <<<"$digits" | paste -sd ' ' - | fold -w 60 | sed '2,$s/^/                     /'
    } >"$folder/$name.tgz.sha512"
}

# run VERSION: the script on the mirror; its output in $work/said.
run() {
    KAFKA_VERSION="$1" KAFKA_MIRROR="file://$work/nowhere file://$work/mirror" KAFKA_FOLDER="$work/kafka" \
        scripts/download-kafka.sh >"$work/said" 2>&1
}
refuses() { ! run "$1"; }
says() { grep -qF -- "$1" "$work/said"; }
absent() { [ ! -e "$1" ]; }

if ! command -v curl >/dev/null; then
    echo "SKIPPED download of Kafka: there is no curl" >&2
    exit 0
fi

publish 9.1.0
check "a good archive is taken" run 9.1.0
check "and unpacked" test -f "$work/kafka/kafka_2.13-9.1.0/libs/kafka-clients-9.1.0.jar"
check "and its home said" says "export KAFKA_HOME=$work/kafka/kafka_2.13-9.1.0"
rm -r "$work/mirror/9.1.0"
check "a second run needs no mirror" run 9.1.0

publish 9.1.1
sha512sum "$work/mirror/9.1.1/kafka_2.13-9.1.1.tgz" | sed 's|  .*/|  |' >"$work/mirror/9.1.1/kafka_2.13-9.1.1.tgz.sha512"
check "the checksum form of sha512sum is read too" run 9.1.1

publish 9.1.2
echo more >>"$work/mirror/9.1.2/kafka_2.13-9.1.2.tgz"
check "a tampered archive is refused" refuses 9.1.2
check "with the reason" says "is not what Apache published"
check "and not unpacked" absent "$work/kafka/kafka_2.13-9.1.2"

publish 9.1.3
echo "<html>moved</html>" >"$work/mirror/9.1.3/kafka_2.13-9.1.3.tgz.sha512"
check "a checksum file without a checksum is refused" refuses 9.1.3
check "with the reason" says "holds no SHA-512"

check "a missing release is refused" refuses 9.9.9
check "with what to do" says "set KAFKA_HOME"
check "a malformed version is refused" refuses ../1
check "with what was expected" says "three numbers"
check "no downloads are left behind" absent "$(compgen -G "$work/kafka/download.*" || echo "$work/none")"

[ "$failures" -eq 0 ]
