#!/usr/bin/env bash
# Checks how scripts/report.sh counts what `swift test` says.
set -euo pipefail

cd "$(dirname "$0")/../.."
. scripts/report.sh
trap 'rm -rf "$report_folder"' EXIT
failures=0

# expect TITLE STATUS "PASSED FAILED SKIPPED": counts the log on standard input.
expect() {
    local counted
    cat >"$report_folder/log"
    counted="$(tally "$report_folder/log" "$2")"
    if [ "$counted" = "$3" ]; then
        echo "ok: $1"
    else
        echo "NOT ok: $1: counted \"$counted\", expected \"$3\""
        failures=$((failures + 1))
    fi
}

expect "a run that passes" 0 "2 0 0" <<'LOG'
◇ Test run started.
✔ Test case passing 1 argument row → 1 to table(_:) passed after 0.001 seconds.
✔ Test table(_:) with 7 test cases passed after 0.002 seconds.
✔ Test "a sentence that passed after all" passed after 0.001 seconds.
✔ Suite Things passed after 0.003 seconds.
✔ Test run with 2 tests in 1 suite passed after 0.004 seconds.
LOG

expect "a run with failures and skips" 1 "1 2 1" <<'LOG'
✘ Test one() recorded an issue at A.swift:3:5: Expectation failed: 1 == 2
✘ Test one() failed after 0.001 seconds with 2 issues.
✘ Test case passing 1 argument row → 1 to two(_:) failed after 0.001 seconds with 1 issue.
✘ Test two(_:) with 2 test cases failed after 0.001 seconds with 1 issue.
✔ Test three() passed after 0.001 seconds.
➜ Test four() skipped: "KAFKA_HOME is not set"
✘ Suite Things failed after 0.001 seconds with 3 issues.
✘ Test run with 4 tests in 1 suite failed after 0.004 seconds with 3 issues.
LOG

expect "a crash" 1 "1 1 0" <<'LOG'
✔ Test one() passed after 0.001 seconds.
◇ Test two() started.
error: Exited with unexpected signal code 5
LOG

expect "a finding of a sanitizer after the run" 1 "1 1 0" <<'LOG'
✔ Test one() passed after 0.001 seconds.
✔ Test run with 1 test in 1 suite passed after 0.004 seconds.
==1==ERROR: LeakSanitizer: detected memory leaks
LOG

expect "no test at all" 0 "0 1 0" <<'LOG'
error: no such module
LOG

# A command that fails in its first run and, narrowed down, passes in its second.
flaky() {
    if [ -z "$report_only" ]; then
        echo '✘ Test "Every target has its place" recorded an issue at ImportTests.swift:3:5: Expectation failed'
        echo '✘ Test "Every target has its place" failed after 0.001 seconds with 1 issue.'
        echo '✔ Test two() passed after 0.001 seconds.'
        echo '✘ Test run with 2 tests in 1 suite failed after 0.004 seconds with 1 issue.'
        return 1
    fi
    echo "asked for $report_only" >&2
    echo '✔ Test one() passed after 0.001 seconds.'
    echo '✔ Test run with 1 test in 1 suite passed after 0.004 seconds.'
    return "$1"
}

# expect_again TITLE STATUS PASSED FAILED: what `tests` counts when the second run ends so.
expect_again() {
    report_passed=0 report_failed=0
    tests "$1" flaky "$2" >"$report_folder/said"
    if [ "$report_passed $report_failed" = "$3 $4" ] && grep -qF 'asked for \.(ImportTests)/' "$report_folder/said"; then
        echo "ok: $1"
    else
        echo "NOT ok: $1: counted \"$report_passed $report_failed\", expected \"$3 $4\""
        failures=$((failures + 1))
    fi
}

# expect_suites TITLE PATHS: what the Swift file on standard input declares.
expect_suites() {
    local declared
    declared="$(suites_declared | tr '\n' ' ')"
    if [ "$declared" = "$2 " ]; then
        echo "ok: $1"
    else
        echo "NOT ok: $1: \"$declared\", expected \"$2 \""
        failures=$((failures + 1))
    fi
}

expect_suites "a suite at the top, and its helpers" "LagTests Fixture" <<'SWIFT'
@Suite("lag")
struct LagTests {
    struct Case: Sendable {
    }
}

enum Fixture {
}

private struct Hidden {
}
SWIFT

expect_suites "traits and a suite on one line" "ProcessTests SpawnTests" <<'SWIFT'
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProcessTests {
}

@Suite struct SpawnTests {
}
SWIFT

expect_suites "suites inside of a large one" "RealKafka/GroupTests RealKafka/LagTests" <<'SWIFT'
extension RealKafka {
    @Suite struct GroupTests {
    }

    @Suite(.enabled(if: Promtool.isInstalled))
    struct LagTests {
        private struct Row {
    }
}
SWIFT

expect_suites "tests of a large suite itself" "RealKafka" <<'SWIFT'
extension RealKafka {
    @Test("each command does what it says")
    func commands() {
    }
}
SWIFT

cat >"$report_folder/hung" <<'LOG'
◇ Test run started.
◇ Test one() started.
◇ Test table(_:) started.
◇ Test case passing 1 argument row → 1 to table(_:) started.
◇ Test "a sentence that started" started.
✔ Test table(_:) with 7 test cases passed after 0.002 seconds.
✘ Test one() failed after 60.002 seconds with 2 issues.
◇ Test "hangs" started.
✔ Test "a sentence that star
LOG
told="$(failures "$report_folder/hung" | tail -n 2 | tr '\n' ';')"
if [ "$told" = '"a sentence that started";"hangs";' ]; then
    echo "ok: a run that was broken off tells what had not ended"
else
    echo "NOT ok: a run that was broken off told of $told"
    failures=$((failures + 1))
fi
status=0
bounded 0.1s sleep 30 || status=$?
if [ "$status" -eq 124 ]; then
    echo "ok: what hangs is broken off"
else
    echo "NOT ok: what hangs ended with $status"
    failures=$((failures + 1))
fi

expect_again "what passes alone has passed" 0 2 0
expect_again "what fails twice has failed" 1 1 1

[ "$failures" -eq 0 ]
