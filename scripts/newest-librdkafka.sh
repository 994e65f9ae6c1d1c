#!/usr/bin/env bash
# Fetches the newest librdkafka, as PyPI's confluent-kafka carries it, into .tools/librdkafka.
#
# Prints "VERSION LIBRARY-PATH" to standard output; everything else goes to standard error.
# A copy is kept for a day. CONFLUENT_KAFKA_VERSION asks for one release instead of the newest.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly folder="$PWD/.tools/librdkafka"
readonly python="$folder/python/bin/python3"
readonly wanted="confluent-kafka${CONFLUENT_KAFKA_VERSION:+==$CONFLUENT_KAFKA_VERSION}"

give_up() {
    echo "lagwarden: no newest librdkafka: $1" >&2
    exit 1
}

fetch() {
    rm -rf "$folder"
    mkdir -p "$folder/lib"
    python3 -m venv "$folder/python" || give_up "python3 has no venv (Debian: python3-venv)"
    "$python" -m pip --quiet --disable-pip-version-check --no-input install --retries 2 --timeout 15 \
        --only-binary :all: --no-deps "$wanted" || give_up "PyPI does not give $wanted"
    local libraries library
    libraries="$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["platlib"])')/confluent_kafka.libs"
    library="$(find "$libraries" -name 'librdkafka-*.so*' -print -quit)"
    [ -n "$library" ] || give_up "the wheel holds no librdkafka in confluent_kafka.libs"
    # The wheel's name for the library carries a hash; what it needs stands beside it.
    ln -s "$library" "$folder/lib/librdkafka.so.1"
    printf '%s\n' "$libraries" >"$folder/libraries"
    printf '%s\n' "$wanted" >"$folder/wanted"
}

command -v python3 >/dev/null || give_up "there is no python3 (Debian: python3-venv)"
if [ "$(cat "$folder/wanted" 2>/dev/null || true)" != "$wanted" ] || [ -z "$(find "$folder/wanted" -mtime -1)" ] \
    || [ ! -x "$python" ]; then
    fetch >&2
fi

path="$folder/lib:$(cat "$folder/libraries")"
version="$(LD_LIBRARY_PATH="$path" "$python" -c '
import ctypes
library = ctypes.CDLL("librdkafka.so.1")
library.rd_kafka_version_str.restype = ctypes.c_char_p
print(library.rd_kafka_version_str().decode())')" || give_up "the library does not load here"
echo "$version $path"
