package import ClusterAccess
package import Incidents

/// What is told to whom, for those without Prometheus.
package struct NotificationSettings: Hashable, Sendable {
    /// Empty: open incidents are forgotten at the end of the process.
    package var stateFile = ""
    /// Where people find this exporter; empty for nowhere.
    package var externalURL = ""
    /// A group that was not seen for this long closes its incidents.
    package var goneAfter = Duration.seconds(600)
    /// Time over which rebalances per minute are taken.
    package var rebalanceWindow = Duration.seconds(600)
    package var sinks: [Sink] = []
    package var rules: [Rule] = []

    package init() {}

    /// Rules as the engine takes them; a rule that names no sinks is told to all.
    package var incidentRules: [IncidentRule] {
        rules.compactMap { rule in
            guard let trigger = try? rule.trigger() else { return nil }
            var made = IncidentRule(name: rule.name, trigger: trigger)
            made.opensAfter = rule.opensAfter
            made.closesAfter = rule.closesAfter
            made.clusters = rule.clusters
            made.groups = rule.groups
            made.grouping = rule.grouping
            made.repeatInterval = rule.repeatInterval
            made.severity = rule.severity
            made.labels = rule.labels
            made.sinks = rule.sinks.isEmpty ? sinks.map(\.name) : rule.sinks
            return made
        }
    }

    /// A receiver of notices.
    package struct Sink: Hashable, Sendable {
        package enum Kind: String, CaseIterable, Hashable, Sendable {
            case webhook, alertmanager
        }

        package var name = ""
        package var kind = Kind.webhook
        /// One of this and the next is given.
        package var url = ""
        package var urlFile = ""
        package var bearerTokenFile = ""
        package var username = ""
        package var passwordFile = ""
        package var authorityFile = ""
        package var connectTimeout = Duration.seconds(5)
        package var timeout = Duration.seconds(10)
        package var usesProxyOfEnvironment = false
        /// A template of what a webhook is sent; empty for the standard document.
        package var body = ""
        package var sendsResolved = true
        package var queueLimit = 1000
        package var retryFor = Duration.seconds(600)
        /// How often Alertmanager is told again what is open.
        package var resendInterval = Duration.seconds(60)

        package init() {}

        /// Files that must hold something, with their keys.
        var files: [(key: String, path: String)] {
            [
                ("url_file", urlFile), ("bearer_token_file", bearerTokenFile),
                ("password_file", passwordFile), ("ca_file", authorityFile),
            ].filter { !$0.1.isEmpty }
        }
    }

    /// When an incident opens and closes.
    package struct Rule: Hashable, Sendable {
        package var name = ""
        package var when = Trigger.Quantity.lag
        /// Thresholds as they are written; what they must look like depends on `when`.
        package var open = ""
        package var close = ""
        package var opensAfter = Duration.seconds(300)
        package var closesAfter = Duration.zero
        package var clusters = NameFilter()
        package var groups = NameFilter()
        package var grouping = IncidentRule.Grouping.group
        package var repeatInterval = Duration.seconds(4 * 3600)
        package var severity = "warning"
        package var labels: [String: String] = [:]
        package var sinks: [String] = []

        package init() {}
    }
}

/// A threshold that cannot be used.
struct ThresholdRefusal: Error {
    /// `open` or `close`.
    var key: String
    var problem: String
    var expected: String
    var example: String
}

extension NotificationSettings.Rule {
    /// What the rule watches, from its texts.
    func trigger() throws(ThresholdRefusal) -> Trigger {
        switch when {
        case .status:
            guard close.isEmpty else {
                throw ThresholdRefusal(
                    key: "close", problem: "has no meaning for a status, which closes when it is better",
                    expected: "no such key", example: "close_after: 5m")
            }
            switch open {
            case "ERR": return .status(.err)
            case "WARN": return .status(.warn)
            default:
                throw ThresholdRefusal(
                    key: "open", problem: "\(Quotation.quote(open)) is not a status that opens",
                    expected: "WARN or ERR", example: "open: ERR")
            }
        case .lag:
            return .lag(
                try thresholds("a number of records", "10000", below: false) { text in
                    Int64(text).flatMap { $0 >= 0 && !text.hasPrefix("+") ? $0 : nil }
                })
        case .lagSeconds: return .lagAge(try durations("5m", below: false))
        case .rebalancesPerMinute:
            return .rebalancesPerMinute(
                try thresholds("a number of rebalances a minute", "0.5", below: false) { text in
                    try? ValueFormat<Double>.fraction(0...1000, example: "").parse(text)
                })
        case .lossMargin: return .lossMargin(try durations("6h", below: true))
        }
    }

    private func durations(
        _ example: String, below: Bool
    ) throws(ThresholdRefusal) -> Trigger.Threshold<Duration> {
        try thresholds("a duration with its unit", example, below: below, parse: DurationText.parse)
    }

    /// Both thresholds; without `close` they are the same.
    private func thresholds<Value: Comparable & Hashable & Sendable>(
        _ expected: String, _ example: String, below: Bool, parse: (String) -> Value?
    ) throws(ThresholdRefusal) -> Trigger.Threshold<Value> {
        guard let opening = parse(open) else {
            throw ThresholdRefusal(
                key: "open",
                problem: open.isEmpty
                    ? "the threshold is missing" : "\(Quotation.quote(open)) is not \(expected)",
                expected: expected, example: "open: \(example)")
        }
        guard !close.isEmpty else { return .init(open: opening, close: opening) }
        guard let closing = parse(close) else {
            throw ThresholdRefusal(
                key: "close", problem: "\(Quotation.quote(close)) is not \(expected)", expected: expected,
                example: "close: \(example)")
        }
        guard below ? closing >= opening : closing <= opening else {
            throw ThresholdRefusal(
                key: "close",
                problem: "\(close) lies on the bad side of open, so that an incident would close at once",
                expected: below ? "\(open) or more" : "\(open) or less", example: "close: \(open)")
        }
        return .init(open: opening, close: closing)
    }
}
