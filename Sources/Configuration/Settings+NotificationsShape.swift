import ClusterAccess
import Foundation
import Incidents

// The keys of the section `notifications`, in the order in which they are printed.

extension NotificationSettings {
    static let shape = Shape<NotificationSettings>.section([
        Field(
            "state_file", \.stateFile,
            .scalar(.optionalText("the path of a file", example: "/var/lib/lagwarden/notifications.json"))),
        Field("external_url", \.externalURL, .scalar(.optionalURL(example: "https://lagwarden.example"))),
        Field(
            "gone_after", \.goneAfter,
            .scalar(.duration(.seconds(1)...(.seconds(604_800)), example: "10m"))),
        Field(
            "rebalance_window", \.rebalanceWindow,
            .scalar(.duration(.seconds(10)...(.seconds(86_400)), example: "10m"))),
        Field("sinks", \.sinks, .list(of: Sink.shape, blank: Sink(), singly: false)),
        Field("rules", \.rules, .list(of: Rule.shape, blank: Rule(), singly: false)),
    ])
}

extension NotificationSettings.Sink {
    static let shape = Shape<Self>.section([
        Field("name", \.name, .scalar(.word("a name", example: "on-call")), isRequired: true),
        Field("kind", \.kind, .scalar(.choice(example: .webhook)), isRequired: true),
        Field("url", \.url, .scalar(.optionalURL(example: "https://hooks.example/lag"))),
        Field("url_file", \.urlFile, .scalar(.optionalFile(example: "/run/secrets/hook-url"))),
        Field(
            "bearer_token_file", \.bearerTokenFile, .scalar(.optionalFile(example: "/run/secrets/token"))),
        Field("username", \.username, .scalar(.optionalText("a user", example: "lagwarden"))),
        Field("password_file", \.passwordFile, .scalar(.optionalFile(example: "/run/secrets/password"))),
        Field("ca_file", \.authorityFile, .scalar(.optionalFile(example: "/etc/ssl/company-ca.pem"))),
        Field(
            "connect_timeout", \.connectTimeout,
            .scalar(.duration(.milliseconds(100)...(.seconds(60)), example: "5s"))),
        Field(
            "timeout", \.timeout, .scalar(.duration(.milliseconds(100)...(.seconds(300)), example: "10s"))),
        Field("proxy_from_environment", \.usesProxyOfEnvironment, .scalar(.boolean)),
        Field("body", \.body, .scalar(.noticeTemplate)),
        Field("send_resolved", \.sendsResolved, .scalar(.boolean)),
        Field("queue_limit", \.queueLimit, .scalar(.integer(1...100_000, example: "1000"))),
        Field(
            "retry_for", \.retryFor, .scalar(.duration(.seconds(1)...(.seconds(86_400)), example: "10m"))),
        Field(
            "resend_interval", \.resendInterval,
            .scalar(.duration(.seconds(1)...(.seconds(3600)), example: "1m"))),
    ])
}

extension NotificationSettings.Rule {
    static let shape = Shape<Self>.section([
        Field("name", \.name, .scalar(.word("a name", example: "HighLag")), isRequired: true),
        Field("when", \.when, .scalar(.choice(example: .lag)), isRequired: true),
        Field("open", \.open, .scalar(.text("a threshold", example: "10000")), isRequired: true),
        Field("close", \.close, .scalar(.optionalText("a threshold", example: "8000"))),
        Field("for", \.opensAfter, .scalar(.duration(.zero ... .seconds(86_400), example: "5m"))),
        Field("close_after", \.closesAfter, .scalar(.duration(.zero ... .seconds(86_400), example: "2m"))),
        Field("clusters", \.clusters.include, patterns),
        Field("groups", \.groups, NameFilter.shapeOfGroups),
        Field("group_by", \.grouping, .scalar(.choice(example: .group))),
        Field(
            "repeat_interval", \.repeatInterval,
            .scalar(.duration(.zero ... .seconds(30 * 86_400), example: "4h"))),
        Field("severity", \.severity, .scalar(.word("a word", example: "critical"))),
        Field(
            "labels", \.labels,
            .table(
                "label names to values", of: .text("the value of a label", example: "team: payments"),
                blank: "", write: { _, value in value })),
        Field(
            "sinks", \.sinks,
            .list(of: .scalar(.word("the name of a sink", example: "on-call")), blank: "", singly: true)),
    ])

    private static let patterns = Shape<[NamePattern]>.list(
        of: .scalar(.pattern(example: "production")), blank: .everything, singly: true)
}

extension ValueFormat where Value == String {
    /// Any text on one line, or an empty one for none.
    static func optionalText(_ what: String, example: String) -> Self {
        let text = text(what, example: example)
        return ValueFormat(
            expected: "\(what), or \"\" for none", example: example,
            parse: { value throws(ValueRefusal) in value.isEmpty ? value : try text.parse(value) },
            print: { $0 })
    }

    static func optionalFile(example: String) -> Self { optionalText("the path of a file", example: example) }

    /// An address of HTTP without a user, whose password would be printed with it; or an empty one.
    static func optionalURL(example: String) -> Self {
        let expected = "an address that begins with http:// or https://"
        return ValueFormat(
            expected: "\(expected), or \"\" for none", example: example,
            parse: { text throws(ValueRefusal) in
                if text.isEmpty { return text }
                guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
                    parts.scheme == "http" || parts.scheme == "https", parts.fragment == nil
                else { throw ValueRefusal("is not \(expected)") }
                if parts.user != nil || parts.password != nil {
                    throw ValueRefusal("holds a user; write username and password_file instead")
                }
                return text
            }, print: { $0 })
    }

    /// A template of a JSON document, or an empty text for the standard one.
    static var noticeTemplate: Self {
        ValueFormat(
            expected: "a JSON document whose texts may hold placeholders, or \"\" for the standard document",
            example: #"'{"text": "{{summary}}"}'"#,
            parse: { text throws(ValueRefusal) in
                if text.isEmpty { return text }
                do throws(NoticeTemplateProblem) {
                    _ = try NoticeTemplate(text)
                } catch {
                    throw ValueRefusal("is no template: \(error.problem)")
                }
                return text
            }, print: { $0 })
    }
}
