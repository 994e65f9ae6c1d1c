#!/usr/bin/env bash
# Downloads an official Apache Kafka, checks its SHA-512 and unpacks it under .kafka/.
#
# KAFKA_VERSION  release to fetch (default below)
# KAFKA_MIRROR   base addresses instead of Apache's, separated by spaces: BASE/VERSION/kafka_2.13-VERSION.tgz
# KAFKA_FOLDER   where to unpack (default .kafka)
#
# The last line on standard output is the KAFKA_HOME to export.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly version="${KAFKA_VERSION:-4.1.0}"
readonly name="kafka_2.13-$version"
readonly folder="${KAFKA_FOLDER:-.kafka}"
# The first keeps only current releases, the second every one.
readonly mirrors="${KAFKA_MIRROR:-https://downloads.apache.org/kafka https://archive.apache.org/dist/kafka}"

fail() {
    echo "lagwarden: $1" >&2
    exit 1
}

# hash_in FILE: the 128 hexadecimal digits of an Apache checksum file, in lower case.
#
# Apache writes "name: 0A1B2C3D 4E5F…" over several lines, other tools write "digits  name".
hash_in() {
    tr -d '\r' <"$1" | sed -e "s/^.*\.tgz:[[:space:]]*//" -e "s/[[:space:]]*[*]\{0,1\}kafka_[^[:space:]]*$//" \
        | tr -d '[:space:]' | tr 'A-F' 'a-f'
}

download() {
    curl --fail --silent --show-error --location --connect-timeout 15 --retry 2 --output "$2" "$1"
}

[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "KAFKA_VERSION is \"$version\"; expected three numbers such as 4.1.0."
mkdir -p "$folder"
folder_path="$(cd "$folder" && pwd)"
readonly folder_path home="$folder_path/$name"

if [ ! -f "$home/.verified" ]; then
    work="$(mktemp -d "$folder_path/download.XXXXXX")"
    trap 'rm -rf "$work"' EXIT
    from=
    for mirror in $mirrors; do
        # The small file first: without it the large one is of no use.
        if download "$mirror/$version/$name.tgz.sha512" "$work/sha512"; then
            from="$mirror/$version"
            break
        fi
    done
    [ -n "$from" ] || fail "no Apache Kafka $version at: $mirrors; this needs the internet (a proxy is taken from https_proxy), or set KAFKA_HOME to a Kafka that is here already."
    expected="$(hash_in "$work/sha512")"
    [[ "$expected" =~ ^[0-9a-f]{128}$ ]] || fail "$from/$name.tgz.sha512 holds no SHA-512."
    echo "downloading $from/$name.tgz"
    download "$from/$name.tgz" "$work/$name.tgz" || fail "$from/$name.tgz could not be downloaded."
    found="$(sha512sum "$work/$name.tgz" | cut -d ' ' -f 1)"
    [ "$found" = "$expected" ] || fail "$name.tgz is not what Apache published: its SHA-512 is $found, expected $expected; nothing was unpacked."
    tar -xzf "$work/$name.tgz" -C "$work" || fail "$name.tgz could not be unpacked."
    compgen -G "$work/$name/libs/*.jar" >/dev/null || fail "$name.tgz holds no $name/libs/*.jar."
    printf '%s\n' "$found" >"$work/$name/.verified"
    rm -rf "$home"
    mv "$work/$name" "$home"
fi

echo "Apache Kafka $version, SHA-512 verified; to use it in tests and in the demo:"
echo "export KAFKA_HOME=$home"
