import Foundation
import LagwardenTestKit
import Testing

/// A generated dashboard, as far as Prometheus is asked about it.
struct Dashboard: Sendable {
    /// A variable that gets its values from `label_values(selector, label)`.
    struct Variable: Sendable {
        var name: String
        var label: String
        var selector: String
        /// Whether "All" is one of its values.
        var hasAll: Bool

        /// A query whose answer has the label's values.
        func expression(_ values: [String: String]) -> String {
            "group by (\(label)) (\(Dashboard.filled(selector, values)))"
        }
    }

    /// One query, with the title of its panel.
    struct Query: Sendable {
        var panel: String
        var expression: String

        /// Whether all metrics in it are families of this build, or recorded from such.
        func isAnswerable(with known: Set<String>) -> Bool {
            let recordedFrom = "kafka_consumer_group_lag_seconds"
            if expression.contains("lagwarden:group:slo_"), !known.contains(recordedFrom) { return false }
            return expression.matches(of: #/\b(?:kafka|lagwarden)_[a-z_]+/#).allSatisfy {
                known.contains(String($0.output)) || known.contains($0.output.dropping("_bucket"))
            }
        }
    }

    var name: String
    var variables: [Variable]
    var queries: [Query]

    /// All dashboards of the repository.
    static func shipped() throws -> [Dashboard] {
        try ["fleet", "group", "topic", "exporter"].map { name in
            let file = ShippedRules.root.appending(path: "dashboards/\(name).json")
            let document = try #require(JSONValue(decoding: Array(try Data(contentsOf: file))))
            return try Dashboard(name, document)
        }
    }

    private init(_ name: String, _ document: JSONValue) throws {
        self.name = name
        variables = try document["templating"]["list"].elements.compactMap { row in
            guard row["type"].string == "query" else { return nil }
            let text = try #require(row["query"]["query"].string)
            let call = try #require(text.wholeMatch(of: #/label_values\((.+), ([a-z_]+)\)/#), "\(text)")
            return Variable(
                name: try #require(row["name"].string), label: String(call.output.2),
                selector: String(call.output.1), hasAll: row["includeAll"].bool == true)
        }
        queries = document["panels"].elements.flatMap { panel in
            panel["targets"].elements.compactMap { target in
                target["expr"].string.map { Query(panel: panel["title"].string ?? "", expression: $0) }
            }
        }
        queries += document["annotations"]["list"].elements.compactMap { row in
            row["expr"].string.map { Query(panel: "annotations", expression: $0) }
        }
    }

    /// An expression with the values of its variables.
    static func filled(_ expression: String, _ values: [String: String]) -> String {
        // The longest first, so that none is taken for the beginning of another.
        values.sorted { $0.key.count > $1.key.count }.reduce(expression) {
            $0.replacing("$" + $1.key, with: $1.value)
        }
    }

    /// Families of the catalogue, as its page lists them; names in it are checked against the dashboards.
    static func knownFamilies() throws -> Set<String> {
        let file = ShippedRules.root.appending(path: "docs/metrics.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        return Set(page.matches(of: #/\| `([a-z_]+)` \|/#).map { String($0.output.1) })
    }
}

extension Substring {
    /// Without an ending, where there is one.
    fileprivate func dropping(_ ending: String) -> String {
        String(hasSuffix(ending) ? dropLast(ending.count) : self)
    }
}
