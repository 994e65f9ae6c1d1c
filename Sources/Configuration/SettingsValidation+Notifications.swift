import Incidents

extension SettingsValidation {
    /// Names are unique, sinks are there, thresholds fit what they are about.
    mutating func checkNotifications() {
        let notifications = settings.notifications
        for (index, sink) in notifications.sinks.enumerated() where !findings.isFull {
            checkSink(sink, "notifications.sinks[\(index)]", before: notifications.sinks.prefix(index))
        }
        for (index, rule) in notifications.rules.enumerated() where !findings.isFull {
            checkRule(rule, "notifications.rules[\(index)]", before: notifications.rules.prefix(index))
        }
        if !notifications.rules.isEmpty, notifications.sinks.isEmpty {
            report(
                "notifications.rules", "there are rules and no sink that could be told",
                expected: "a list under notifications.sinks",
                example: "sinks: [{name: on-call, kind: webhook, url: \"https://hooks.example/lag\"}]")
        }
    }

    private mutating func checkSink(
        _ sink: NotificationSettings.Sink, _ path: String,
        before: ArraySlice<NotificationSettings.Sink>
    ) {
        if before.contains(where: { $0.name == sink.name }) {
            report(
                "\(path).name", "\(Quotation.quote(sink.name)) is the name of another sink already",
                expected: "a name of its own for each sink")
        }
        if sink.url.isEmpty == sink.urlFile.isEmpty {
            report(
                "\(path).url",
                sink.url.isEmpty ? "there is no address" : "is given, and url_file as well",
                expected: "one of url and url_file", example: "url: \"https://hooks.example/lag\"")
        }
        if !sink.bearerTokenFile.isEmpty, !sink.username.isEmpty {
            report(
                "\(path).username", "is given, and bearer_token_file as well", expected: "one of the two")
        }
        if sink.username.isEmpty != sink.passwordFile.isEmpty {
            report(
                "\(path).\(sink.username.isEmpty ? "password_file" : "username")",
                "is given without \(sink.username.isEmpty ? "username" : "password_file")",
                expected: "both or none")
        }
        if sink.connectTimeout > sink.timeout {
            report(
                "\(path).connect_timeout", "is more than timeout, which bounds the whole request",
                expected: "\(DurationText.print(sink.timeout)) or less")
        }
        if sink.kind == .alertmanager, !sink.body.isEmpty {
            report(
                "\(path).body", "has no meaning for Alertmanager, whose documents have a fixed form",
                expected: "no such key, or kind: webhook")
        }
    }

    private mutating func checkRule(
        _ rule: NotificationSettings.Rule, _ path: String,
        before: ArraySlice<NotificationSettings.Rule>
    ) {
        if before.contains(where: { $0.name == rule.name }) {
            report(
                "\(path).name", "\(Quotation.quote(rule.name)) is the name of another rule already",
                expected: "a name of its own for each rule")
        }
        do throws(ThresholdRefusal) {
            _ = try rule.trigger()
        } catch {
            report(
                "\(path).\(error.key)", error.problem, expected: error.expected, example: error.example)
        }
        let sinks = settings.notifications.sinks.map(\.name)
        for (index, name) in rule.sinks.enumerated() where !sinks.contains(name) {
            let nearest = Suggestion.nearest(to: name, among: sinks)
            report(
                "\(path).sinks[\(index)]",
                "there is no sink \(Quotation.quote(name))" + (nearest.map { ", did you mean \($0)?" } ?? ""),
                expected: sinks.isEmpty
                    ? "a sink under notifications.sinks" : "one of \(sinks.joined(separator: ", "))")
        }
        let taken = ["alertname", "cluster", "group", "severity"]
        for name in rule.labels.keys.sorted() {
            let isTaken = taken.contains(name)
            let refusal =
                isTaken
                ? "is a label of every incident already" : ConstantLabel.spellingProblem(of: name)
            if let refusal {
                report(
                    "\(path).labels.\(name)", refusal,
                    expected: "a name of letters, digits and underscores", example: "team: payments")
            }
        }
    }
}
