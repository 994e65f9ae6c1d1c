import Foundation
import Testing

/// Whether every alert has what a person who is woken by it needs, and its tests; what the rules mean is
/// tested by promtool.
@Suite("Alerts, their runbooks and their tests")
struct AlertTests {
    /// One alerting rule as its file spells it.
    struct Alert: Sendable, CustomTestStringConvertible {
        var name: String
        var lines: [Substring]

        var testDescription: String { name }
    }

    static let ruleFiles = Repository.files.filter { $0.path.hasPrefix("alerts/") }
    static let testFiles = Repository.files.filter { $0.path.hasPrefix("Tests/Alerts/") }
    static let alerts = ruleFiles.flatMap { alerts(in: $0.lines) }

    /// Alerting rules among the lines of a rule file.
    static func alerts(in lines: [Substring]) -> [Alert] {
        var found: [Alert] = []
        var isInAlert = false
        for line in lines {
            if let name = value(of: "- alert", in: line) {
                found.append(Alert(name: name, lines: []))
                isInAlert = true
            } else if value(of: "- record", in: line) != nil || value(of: "- name", in: line) != nil {
                isInAlert = false
            }
            if isInAlert { found[found.count - 1].lines.append(line) }
        }
        return found
    }

    /// What stands behind `key:` in a line that begins with it.
    static func value(of key: String, in line: Substring) -> String? {
        let text = line.drop { $0 == " " }
        guard text.hasPrefix(key + ":") else { return nil }
        return text.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
    }

    /// How often the unit tests expect an alert: with alerts, and with none.
    static func expectations(in files: [Repository.File]) -> [String: (firing: Int, silent: Int)] {
        var found: [String: (firing: Int, silent: Int)] = [:]
        for file in files {
            var name: String?
            for line in file.lines {
                if let next = value(of: "alertname", in: line) { name = next }
                guard let expected = value(of: "exp_alerts", in: line), let alert = name else { continue }
                var counts = found[alert] ?? (0, 0)
                if expected == "[]" { counts.silent += 1 } else { counts.firing += 1 }
                found[alert] = counts
            }
        }
        return found
    }

    @Test("Alerts are found, each name once, among them those whose names stand")
    func found() {
        let names = Self.alerts.map(\.name)
        #expect(names.count >= 19)
        #expect(Set(names).count == names.count)
        let standing = [
            "KafkaConsumerHighLag", "KafkaConsumerProcessingError", "KafkaConsumerRebalanceFrequent",
        ]
        #expect(Set(names).isSuperset(of: standing))
    }

    @Test("An alert says how bad it is, what it is, and where its runbook stands", arguments: alerts)
    func annotations(_ alert: Alert) {
        let text = alert.lines.joined(separator: "\n")
        #expect(text.contains("severity: critical") || text.contains("severity: warning"))
        for key in ["expr", "summary", "description"] {
            #expect(alert.lines.contains { Self.value(of: key, in: $0) != nil }, "\(key)")
        }
        let links = alert.lines.compactMap { Self.value(of: "runbook_url", in: $0) }
        #expect(links.count == 1)
        let page = "docs/runbooks/\(alert.name).md"
        #expect(links.allSatisfy { $0.trimmingCharacters(in: ["'"]).hasSuffix(page) }, "\(links)")
    }

    @Test("An alert has a runbook that says what it means, what to look at and what to do", arguments: alerts)
    func runbook(_ alert: Alert) throws {
        let page = try #require(
            Repository.files.first { $0.path == "docs/runbooks/\(alert.name).md" },
            "docs/runbooks/\(alert.name).md is missing")
        let headings = page.lines.filter { $0.hasPrefix("#") }.map { String($0) }
        #expect(headings == ["# \(alert.name)", "## Meaning", "## Check", "## Fix"])
        #expect(page.lines.count > 12)
    }

    @Test("No runbook is left of an alert that is gone, and links between runbooks lead to pages")
    func runbooksOfAlerts() {
        let pages = Repository.files.filter { $0.path.hasPrefix("docs/runbooks/") }
        let names = pages.map { String($0.path.dropFirst("docs/runbooks/".count).dropLast(".md".count)) }
        #expect(Set(names) == Set(Self.alerts.map(\.name)))
        for page in pages {
            for link in page.text.matches(of: #/\]\(([A-Za-z]+)\.md\)/#) {
                #expect(names.contains(String(link.output.1)), "\(page.path) links to \(link.output.1)")
            }
        }
    }

    @Test("An alert is tested firing and not firing", arguments: alerts)
    func tested(_ alert: Alert) {
        let counts = Self.expectations(in: Self.testFiles)[alert.name] ?? (0, 0)
        #expect(counts.firing > 0, "no test in Tests/Alerts expects it")
        #expect(counts.silent > 0, "no test in Tests/Alerts expects it to be silent")
    }

    @Test("Thresholds stand at the top of one file, and every one that is used is there")
    func thresholds() {
        var defined: Set<String> = []
        for file in Self.ruleFiles {
            for line in file.lines {
                guard let name = Self.value(of: "- record", in: line) else { continue }
                guard name.hasPrefix("lagwarden:threshold:") else { continue }
                #expect(file.path == "alerts/consumer-groups.yml")
                defined.insert(name)
            }
        }
        let pattern = #/lagwarden:threshold:[a-z0-9_]+/#
        let places = ["alerts/", "docs/runbooks/", "dashboards/"]
        let used = Repository.files.filter { file in places.contains { file.path.hasPrefix($0) } }
            .flatMap { $0.text.matches(of: pattern).map { String($0.output) } }
        #expect(Set(used) == defined)
        #expect(defined.count >= 13)
    }

    @Test("The tests of alerts are read as promtool reads them")
    func reading() {
        let text = """
              - eval_time: 4m
                alertname: A
                exp_alerts: []
              - eval_time: 5m
                alertname: A
                exp_alerts:
                  - exp_labels: { severity: critical }
              - eval_time: 5m
                alertname: B
                exp_alerts: []
            """
        let found = Self.expectations(in: [Repository.File(path: "x", text: text)])
        #expect(found["A"]?.firing == 1 && found["A"]?.silent == 1)
        #expect(found["B"]?.firing == 0 && found["B"]?.silent == 1)
    }
}
