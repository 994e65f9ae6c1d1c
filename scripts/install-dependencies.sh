#!/usr/bin/env bash
# Installs the Debian packages that are missing: scripts/install-dependencies.sh build|demo|test|kafka|dashboards
#
# build  what compiling and linking needs
# demo   build, and Prometheus to look at the exporter with
# test   demo, Alertmanager, Java and Burrow when there is a Kafka to test with, and Python's venv for the
#        newest librdkafka and the dashboards
# kafka  what downloading Apache Kafka needs
# dashboards  Python's venv, which builds them
#
# Packages that are there are left alone. Uses apt-get, through sudo when the user is not root.
# LAGWARDEN_INSTALL=no only says what is missing; whatever can do without it then goes on.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly purpose="${1:-build}"
missing=()
optional=()

has_package() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

# need COMMAND-OR-CHECK PACKAGE REASON: the package joins the list unless the check succeeds.
need() {
    local check="$1" package="$2" reason="$3"
    if eval "$check" >/dev/null 2>&1; then return 0; fi
    missing+=("$package")
    echo "missing: $package ($reason)"
}

# want CHECK PACKAGE REASON: like need, but what is missing costs tests or comfort, not the build.
want() {
    local before="${#missing[@]}"
    need "$@"
    if [ "${#missing[@]}" -gt "$before" ]; then optional+=("$2"); fi
}

has_java() {
    local java="${JAVA_HOME:+$JAVA_HOME/bin/java}" major
    java="${java:-java}"
    major="$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)"
    [ "${major:-0}" -ge 17 ]
}

has_kafka() {
    [ -n "${KAFKA_HOME:-}" ] || compgen -G ".kafka/*/libs" >/dev/null
}

needs_of_build() {
    need "command -v pkg-config" pkg-config "finds the libraries"
    need "pkg-config --exists rdkafka" librdkafka-dev "the Kafka client library"
    need "pkg-config --exists libmicrohttpd" libmicrohttpd-dev "the HTTP server library"
    need "pkg-config --exists yaml-0.1" libyaml-dev "the YAML library"
    need "pkg-config --exists zlib" zlib1g-dev "the compression library"
    need "pkg-config --exists libcurl" libcurl4-openssl-dev "the library that sends notifications"
    need "compgen -G '/usr/lib/gcc/*/*/libstdc++.so'" libstdc++-12-dev "headers and start files to link with"
    need "command -v ld" binutils "Swift's linker driver needs it"
}

needs_of_demo() {
    want "command -v prometheus && command -v promtool" prometheus "scrapes the demo and checks the metrics"
}

has_venv() {
    python3 -c 'import venv, ensurepip'
}

needs_of_test() {
    if has_kafka; then
        want has_java openjdk-17-jre-headless "runs Apache Kafka for the tests"
        want "command -v Burrow" burrow "judges the same groups in a test"
    fi
    want has_venv python3-venv "fetches the newest librdkafka to test with, builds dashboards"
    want "command -v prometheus-alertmanager" prometheus-alertmanager "receives the alerts of the tests"
}

case "$purpose" in
build) needs_of_build ;;
demo) needs_of_build && needs_of_demo ;;
test) needs_of_build && needs_of_demo && needs_of_test ;;
kafka) need "command -v curl" curl "downloads Apache Kafka" ;;
dashboards) need has_venv python3-venv "builds the dashboards" ;;
*)
    echo "usage: $0 build|demo|test|kafka|dashboards" >&2
    exit 2
    ;;
esac

if [ "${#missing[@]}" -eq 0 ]; then exit 0; fi

# Ends well when only optional packages are missing: their users skip, and say so.
give_up() {
    echo "lagwarden: $1: install ${missing[*]} (Debian's names) and try again." >&2
    if [ "${#optional[@]}" -eq "${#missing[@]}" ]; then
        echo "lagwarden: going on without; what needs these packages is skipped." >&2
        exit 0
    fi
    exit 1
}

if [ "${LAGWARDEN_INSTALL:-yes}" = no ]; then give_up "nothing is installed since LAGWARDEN_INSTALL is no"; fi
if ! command -v apt-get >/dev/null; then give_up "there is no apt-get on this system"; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then give_up "you are not root and there is no sudo"; fi
    as_root=(sudo)
fi

# WHY: Debian's servers start when they are installed (Prometheus on port 9090, Alertmanager on 9093, Burrow on
# 8000); the tests and the demo start their own. A unit that is masked meanwhile does not start, and run level 1 is the same for
# init scripts.
readonly servers=(prometheus prometheus-alertmanager burrow)
held=()

hold_services() {
    local server
    for server in "${servers[@]}"; do
        if [[ " ${missing[*]} " == *" $server "* ]] && ! has_package "$server"; then held+=("$server"); fi
    done
    if [ ! -d /run/systemd/system ]; then return 0; fi
    for server in "${held[@]}"; do "${as_root[@]}" systemctl mask --runtime --quiet "$server.service" || true; done
}

release_services() {
    local server
    for server in "${held[@]}"; do
        if [ -d /run/systemd/system ]; then
            "${as_root[@]}" systemctl unmask --runtime --quiet "$server.service" || true
            "${as_root[@]}" systemctl disable --now --quiet "$server.service" || true
        elif [ -x "/etc/init.d/$server" ]; then
            "${as_root[@]}" "/etc/init.d/$server" stop >/dev/null 2>&1 || true
        fi
    done
}

echo "installing with apt-get: ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -o DPkg::Lock::Timeout=300)
if ! "${apt[@]}" update </dev/null; then
    echo "lagwarden: the package lists could not be refreshed; trying with those that are there." >&2
fi
hold_services
installed=yes
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null || installed=no
release_services
if [ "$installed" = no ]; then give_up "apt-get could not install what is missing"; fi
