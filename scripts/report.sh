# Sections of a check run, read into other scripts with `.`: announced, timed, counted, summed up at the end.
#
# Every section counts as one check; one that runs Swift tests counts as its tests do.

report_folder="$(mktemp -d)"
report_lines=()
report_passed=0
report_failed=0
report_failures=()

# tally LOG STATUS: prints "PASSED FAILED SKIPPED" of a `swift test` run.
#
# A run that ended badly without a failed test (a crash, a sanitizer's finding, a build that broke) has one more failure.
tally() {
    local passed failed skipped
    passed="$(grep -acE '^[^A-Za-z0-9]+ Test .* passed after [0-9.]+ seconds' <(own_lines "$1") || true)"
    failed="$(grep -acE '^[^A-Za-z0-9]+ Test .* failed after [0-9.]+ seconds' <(own_lines "$1") || true)"
    skipped="$(grep -acE '^[^A-Za-z0-9]+ Test .* skipped' <(own_lines "$1") || true)"
    if [ "$failed" -eq 0 ] && { [ "$2" -ne 0 ] || ! grep -aqE 'Test run with [0-9]+ tests?' "$1"; }; then
        failed=1
    fi
    echo "$passed $failed $skipped"
}

# Lines about tests, without those about single cases of a table and about the whole run.
own_lines() {
    grep -aE '^[^A-Za-z0-9]+ Test ' "$1" | grep -avE '^[^A-Za-z0-9]+ Test (case passing|run with) ' || true
}

# failures LOG: what the failed tests said, for the end of the output, which is read first; at most 60 lines.
failures() {
    local found
    found="$(grep -aE ' (Test|Suite) .* (recorded an issue|failed after)|: error: |Fatal error|ERROR: |SUMMARY: ' "$1" |
        cut -c 1-1000 | tail -n 60 || true)"
    if [ -z "$found" ]; then found="$(tail -n 20 "$1")"; fi
    printf '%s\n' "$found"
    if ! grep -aqE 'Test run with [0-9]+ tests?' "$1"; then
        echo "The run was broken off. What had begun and not ended, as far as it was written:"
        unfinished "$1" | head -n 40
    fi
}

# unfinished LOG: the tests of a `swift test` run that started and neither passed nor failed, sorted.
unfinished() {
    LC_ALL=C awk '
        / Test (case|run) / { next }
        / Test .* started\.$/ {
            sub(/^[^ ]+ Test /, "")
            sub(/ started\.$/, "")
            running[$0]
        }
        / Test .* (passed|failed) after [0-9.]+ seconds/ {
            sub(/^[^ ]+ Test /, "")
            sub(/ (passed|failed) after [0-9.]+ seconds.*/, "")
            sub(/ with [0-9]+ test cases?$/, "")
            delete running[$0]
        }
        END { for (test in running) print test }' "$1" | sort
}

# bounded LIMIT COMMAND...: a run of tests that hangs is broken off, so that what it said is shown.
bounded() {
    local limit="$1"
    shift
    timeout --kill-after=30s "$limit" "$@"
}

# section TITLE COMMAND...: runs it, shows what it says, counts it.
section() {
    local title="$1" started="$SECONDS" status=0 outcome=passed
    shift
    announce "$title"
    "$@" </dev/null || status=$?
    if [ "$status" -eq 0 ]; then
        report_passed=$((report_passed + 1))
    else
        report_failed=$((report_failed + 1))
        report_failures+=("$title: exit code $status")
        outcome="FAILED ($status)"
    fi
    conclude "$title" "$outcome" "$started"
}

# What a command that runs tests is to be narrowed down to, when it is called again: a pattern for --filter.
report_only=""

# narrowed DEFAULT...: the filters of such a command: those given, or the pattern.
narrowed() {
    if [ -n "$report_only" ]; then printf '%s\n' --filter "$report_only"; else printf '%s\n' "$@"; fi
}

# suites LOG: a pattern that matches the suites in whose files tests failed; nothing when there is no telling
# for one of them.
suites() {
    local file found=() declared=()
    while IFS= read -r file; do
        mapfile -t declared < <(find Tests -name "$file" -exec cat {} + | suites_declared | sort -u)
        if [ "${#declared[@]}" -eq 0 ]; then return; fi
        found+=("${declared[@]}")
    done < <(sed -nE 's/.* Test .* recorded an issue .*at ([A-Za-z0-9+]+\.swift):[0-9].*/\1/p' "$1" | sort -u)
    if [ "${#found[@]}" -gt 0 ]; then (IFS='|' && printf '\\.(%s)/' "${found[*]}"); fi
}

# Paths of the suites that a Swift file declares: the types at its top, and instead of a type that holds suites
# only those, since the rest of it is in other files.
suites_declared() {
    awk '
        function flush() { if (outer != "" && !nested) print outer; outer = ""; nested = 0 }
        { sub(/^@Suite(\(.*\))? /, "") }
        /^(private |fileprivate )?(final class|struct|enum|actor|extension) [A-Z]/ {
            flush()
            if ($0 ~ /^(private|fileprivate) / || $0 ~ /\{\}$/) next
            outer = $0
            sub(/^(final class|struct|enum|actor|extension) /, "", outer)
            sub(/[^A-Za-z0-9].*/, "", outer)
        }
        outer != "" && /^    (@Suite.* )?(final class|struct) [A-Z][A-Za-z0-9]*Tests[^A-Za-z0-9]/ {
            name = $0
            sub(/.*(final class|struct) /, "", name)
            sub(/[^A-Za-z0-9].*/, "", name)
            print outer "/" name
            nested = 1
        }
        END { flush() }'
}

# again TITLE LOG COMMAND...: whether the few tests that failed pass when their suites run once more, alone.
#
# Brokers, clocks and ports of a shared machine fail now and then. What passes alone is counted as passed, and is
# named in the summary; what fails twice has failed.
again() {
    local title="$1" log="$2" second="$2.again" status=0 passed failed
    shift 2
    report_only="$(suites "$log")"
    if [ -z "$report_only" ]; then return 1; fi
    announce "$title: once more, alone: $report_only"
    "$@" </dev/null >"$second" 2>&1 || status=$?
    report_only=""
    grep -avE '^[^A-Za-z0-9]+ (Test|Suite) .* started\.$|^[^A-Za-z0-9]+ Test case passing .* passed after' "$second" || true
    read -r passed failed _ <<<"$(tally "$second" "$status")"
    [ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# tests TITLE COMMAND...: runs `swift test`, shows what it says without each start, counts its tests.
#
# COMMAND must take its filters from `narrowed`, so that it can be called again for what failed.
tests() {
    local title="$1" started="$SECONDS" status=0 passed failed skipped log outcome
    shift
    announce "$title"
    log="$report_folder/$((${#report_lines[@]})).log"
    "$@" </dev/null >"$log" 2>&1 || status=$?
    # WHY: a table's cases and every start are thousands of lines that say nothing.
    grep -avE '^[^A-Za-z0-9]+ (Test|Suite) .* started\.$|^[^A-Za-z0-9]+ Test case passing .* passed after' "$log" || true
    read -r passed failed skipped <<<"$(tally "$log" "$status")"
    if [ "$failed" -gt 0 ] && [ "$failed" -le 4 ] && again "$title" "$log" "$@"; then
        report_lines+=("$(printf '%-44s %s' "$title" "$failed failed first and passed alone:")" "$(failures "$log")")
        passed=$((passed + failed))
        failed=0
    fi
    report_passed=$((report_passed + passed))
    report_failed=$((report_failed + failed))
    if [ "$failed" -gt 0 ]; then report_failures+=("$title:" "$(failures "$log")"); fi
    outcome="$passed passed, $failed failed"
    if [ "$skipped" -gt 0 ]; then outcome="$outcome, $skipped skipped"; fi
    conclude "$title" "$outcome" "$started"
}

# skip TITLE REASON: says loudly that a part did not run.
skip() {
    announce "$1"
    echo "SKIPPED $1: $2" >&2
    report_lines+=("$(printf '%-44s %s' "$1" "SKIPPED: $2")")
}

announce() {
    printf '\n==== %s\n' "$1"
}

conclude() {
    local line
    line="$(printf '%-44s %s, %s s' "$1" "$2" "$((SECONDS - $3))")"
    report_lines+=("$line")
    printf -- '---- %s\n' "$line"
}

# Prints the summary and the totals; answers whether nothing failed.
summary() {
    announce summary
    if [ "${#report_lines[@]}" -gt 0 ]; then printf '%s\n' "${report_lines[@]}"; fi
    if [ "${#report_failures[@]}" -gt 0 ]; then
        announce "what failed"
        printf '%s\n' "${report_failures[@]}"
    fi
    rm -rf "$report_folder"
    printf '%d passed, %d failed\n' "$report_passed" "$report_failed"
    [ "$report_failed" -eq 0 ]
}
