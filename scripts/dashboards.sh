#!/usr/bin/env bash
# Builds the dashboards from dashboards/source: scripts/dashboards.sh [--fetch|--check]
#
# (none)   writes dashboards/*.json
# --fetch  only makes the library ready that builds them; exit code 3 when it cannot be had
# --check  writes nothing, and fails with the differences when dashboards/*.json is not what the sources say
#
# The library comes from PyPI, in the release that dashboards/requirements.txt names, into .tools/dashboards.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly folder="$PWD/.tools/dashboards"
readonly python="$folder/bin/python3"

give_up() {
    echo "lagwarden: no dashboards: $1" >&2
    exit 3
}

fetch() {
    command -v python3 >/dev/null || give_up "there is no python3 (Debian: python3-venv)"
    if cmp -s dashboards/requirements.txt "$folder/requirements.txt" && [ -x "$python" ]; then return; fi
    rm -rf "$folder"
    python3 -m venv "$folder" || give_up "python3 has no venv (Debian: python3-venv)"
    "$python" -m pip --quiet --disable-pip-version-check --no-input install --no-compile --retries 2 --timeout 15 \
        --only-binary :all: -r dashboards/requirements.txt >&2 || give_up "PyPI does not give what dashboards/requirements.txt names"
    cp dashboards/requirements.txt "$folder/requirements.txt"
}

build() {
    "$python" -B dashboards/source/build.py "$1"
}

fetch
case "${1:-}" in
--fetch) ;;
--check)
    made="$(mktemp -d)"
    trap 'rm -rf "$made"' EXIT
    build "$made"
    status=0
    for file in "$made"/*.json; do
        diff -u "dashboards/$(basename "$file")" "$file" || status=1
    done
    for file in dashboards/*.json; do
        [ -e "$made/$(basename "$file")" ] || { echo "$file comes from no source" && status=1; }
    done
    if [ "$status" -ne 0 ]; then echo "lagwarden: the dashboards are not what their sources say: run \`make dashboards\`." >&2; fi
    exit "$status"
    ;;
"") build dashboards ;;
*)
    echo "usage: $0 [--fetch|--check]" >&2
    exit 2
    ;;
esac
