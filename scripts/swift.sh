#!/usr/bin/env bash
# Runs the Swift that this project needs: scripts/swift.sh build -c release
#
# Looked for in: $SWIFT (the program itself), PATH, swiftly's folder, and the folders that people unpack
# toolchains into. Without one, or with one that is too old, it says so in one sentence and ends with 1.
set -euo pipefail

readonly needed_major=6 needed_minor=2
readonly install_advice="install Swift ${needed_major}.${needed_minor} or newer from https://www.swift.org/install and put its usr/bin into PATH, or set SWIFT to the program"
readonly home="${HOME:-/root}"

# Every place a swift may stand, one a line.
candidates() {
    if [ -n "${SWIFT:-}" ]; then
        printf '%s\n' "$SWIFT"
        return
    fi
    command -v swift || true
    printf '%s\n' "$home/.local/share/swiftly/bin/swift" "$home/.swiftly/bin/swift" \
        /opt/swift/usr/bin/swift /opt/swift/bin/swift /usr/local/swift/usr/bin/swift \
        /usr/share/swift/usr/bin/swift /usr/libexec/swift/usr/bin/swift
}

# First candidate that is a program; empty when there is none.
find_swift() {
    local candidate
    # WHY: not a pipe, which would end the writer with SIGPIPE, and pipefail with it, when the first fits.
    while IFS= read -r candidate; do
        if [ -x "$candidate" ] && [ ! -d "$candidate" ]; then
            printf '%s\n' "$candidate"
            return
        fi
    done < <(candidates)
}

swift="$(find_swift)"
if [ -z "$swift" ]; then
    places="$(candidates | paste -sd ' ' -)"
    echo "lagwarden: there is no Swift (looked for in PATH and at: $places): $install_advice." >&2
    exit 1
fi

# Without standard input nothing that follows can eat a caller's script.
said="$("$swift" --version 2>&1 </dev/null || true)"
version="$(sed -n '/Swift version [0-9]/ { s/.*Swift version \([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/p; q }' <<<"$said")"
if [ -z "$version" ]; then
    echo "lagwarden: $swift does not run (it says: ${said%%$'\n'*}): $install_advice." >&2
    exit 1
fi
read -r major minor <<<"$version"
if [ "$major" -lt "$needed_major" ] || { [ "$major" -eq "$needed_major" ] && [ "$minor" -lt "$needed_minor" ]; }; then
    echo "lagwarden: $swift is Swift $major.$minor, which is too old: $install_advice." >&2
    exit 1
fi

# The rest of the toolchain (clang, lld, swift-format) stands beside it.
PATH="$(cd "$(dirname "$swift")" && pwd):$PATH"
export PATH
if [ "${1:-}" = "--where" ]; then
    printf '%s\n' "$swift"
    exit 0
fi
exec "$swift" "$@"
