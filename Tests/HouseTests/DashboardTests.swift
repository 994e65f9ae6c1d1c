import Foundation
import Testing

/// The generated dashboards as a person meets them in Grafana; whether their queries return data is tested
/// against a real Prometheus by the end-to-end tests.
@Suite("Dashboards")
struct DashboardTests {
    typealias Object = [String: Any]

    static let files = Repository.files.filter {
        $0.path.hasPrefix("dashboards/") && $0.path.hasSuffix(".json")
    }

    /// Variables that Grafana itself has.
    static let builtIn: Set<Substring> = [
        "__all", "__data", "__field", "__range", "__rate_interval", "__url_time_range",
    ]

    /// Families that dashboards and rules use and the catalogue does not have yet.
    static let awaited: Set<String> = [
        "kafka_consumer_group_catch_up_impossible", "kafka_consumer_group_catch_up_seconds",
        "kafka_consumer_group_finding", "kafka_consumer_group_lag_seconds",
        "kafka_consumer_group_loss_margin_seconds", "kafka_consumer_group_partition_lag_seconds",
        "kafka_consumer_group_partition_lag_seconds_error", "kafka_consumer_group_partition_status",
        "kafka_consumer_group_status", "kafka_consumer_group_status_partitions",
        "kafka_consumer_group_topic_lag_seconds", "kafka_consumer_processing_errors_total",
        "kafka_topic_retention_bytes", "kafka_topic_retention_seconds",
        "kafka_topic_under_replicated_partitions", "lagwarden_time_lookup_pending",
        "lagwarden_time_lookup_requests_total",
    ]

    static func document(_ file: Repository.File) throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: Data(file.text.utf8)) as? Object)
    }

    static func panels(_ file: Repository.File) throws -> [Object] {
        try #require(try document(file)["panels"] as? [Object])
    }

    @Test("There are four, each with an address and the tag that links them")
    func four() throws {
        let all = try Self.files.map { try Self.document($0) }
        let addresses = all.compactMap { $0["uid"] as? String }
        let expected = ["lagwarden-exporter", "lagwarden-fleet", "lagwarden-group", "lagwarden-topic"]
        #expect(addresses.sorted() == expected)
        for dashboard in all {
            #expect(dashboard["tags"] as? [String] == ["lagwarden"])
            let link = try #require((dashboard["links"] as? [Object])?.first)
            #expect(link["tags"] as? [String] == ["lagwarden"])
            #expect(link["includeVars"] as? Bool == true && link["keepTime"] as? Bool == true)
        }
    }

    @Test("Links lead to dashboards that exist, and keep the data source and the time", arguments: files)
    func links(_ file: Repository.File) throws {
        let addresses = try Self.files.map { try Self.document($0)["uid"] as? String }
        for link in file.text.matches(of: #/"/d/([a-z-]+)\?([^"]*)"/#) {
            #expect(addresses.contains(String(link.output.1)))
            #expect(link.output.2.contains("${datasource:queryparam}"))
            #expect(link.output.2.contains("${__url_time_range}"))
        }
    }

    @Test("Panels are numbered, lie within the grid, and none lies on another", arguments: files)
    func places(_ file: Repository.File) throws {
        var numbers: Set<Int> = []
        var taken: Set<[Int]> = []
        for panel in try Self.panels(file) {
            let number = try #require(panel["id"] as? Int)
            #expect(numbers.insert(number).inserted)
            let place = try #require(panel["gridPos"] as? [String: Int])
            let (x, y) = (try #require(place["x"]), try #require(place["y"]))
            let (width, height) = (try #require(place["w"]), try #require(place["h"]))
            #expect(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 24)
            for column in x..<x + width {
                for row in y..<y + height {
                    #expect(taken.insert([column, row]).inserted, "panel \(number) lies on another one")
                }
            }
        }
    }

    @Test("Panels say what they show, in which unit, and name their lines", arguments: files)
    func words(_ file: Repository.File) throws {
        for panel in try Self.panels(file) where panel["type"] as? String != "row" {
            let title = try #require(panel["title"] as? String)
            #expect(!title.isEmpty)
            #expect((panel["description"] as? String)?.hasSuffix(".") == true, "\(title)")
            let targets = try #require(panel["targets"] as? [Object])
            let letters = targets.compactMap { $0["refId"] as? String }
            #expect(!letters.isEmpty && Set(letters).count == targets.count, "\(title)")
            guard panel["type"] as? String == "timeseries" else { continue }
            let defaults = (panel["fieldConfig"] as? Object)?["defaults"] as? Object
            #expect(defaults?["unit"] is String, "\(title)")
            for target in targets {
                #expect((target["legendFormat"] as? String)?.isEmpty == false, "\(title)")
            }
        }
    }

    @Test("Every variable that is used is defined before it is used by another", arguments: files)
    func variables(_ file: Repository.File) throws {
        let templating = try #require(try Self.document(file)["templating"] as? Object)
        let list = try #require(templating["list"] as? [Object])
        var defined = Self.builtIn
        for variable in list {
            let text = (variable["query"] as? Object)?["query"] as? String ?? ""
            for use in Self.uses(in: text) { #expect(defined.contains(use), "\(use)") }
            defined.insert(Substring(try #require(variable["name"] as? String)))
        }
        #expect(list.first?["type"] as? String == "datasource")
        let used = Set(Self.uses(in: file.text))
        #expect(used.isSubset(of: defined), "\(used.subtracting(defined))")
        let unused = defined.subtracting(Self.builtIn).subtracting(used)
        #expect(unused.isEmpty, "\(unused)")
    }

    /// Names of variables in a text, as `$name` or `${name...}`.
    static func uses(in text: String) -> [Substring] {
        text.matches(of: #/\$\{?([A-Za-z_]+)/#).map(\.output.1)
    }

    @Test("Alerts of Lagwarden's rules are shown as annotations", arguments: files)
    func annotations(_ file: Repository.File) throws {
        let annotations = try #require(try Self.document(file)["annotations"] as? Object)
        let first = try #require((annotations["list"] as? [Object])?.first)
        let expression = try #require(first["expr"] as? String)
        let ours = #"ALERTS{alertstate="firing", alertname=~"KafkaConsumer.*|Lagwarden.*""#
        #expect(expression.hasPrefix(ours))
        #expect(first["titleFormat"] as? String == "{{alertname}}")
        let names = AlertTests.alerts.map(\.name)
        #expect(names.allSatisfy { $0.hasPrefix("KafkaConsumer") || $0.hasPrefix("Lagwarden") })
    }

    @Test("Metrics in dashboards, rules and runbooks are metrics that exist")
    func metrics() throws {
        let page = try #require(Repository.files.first { $0.path == "docs/metrics.md" })
        var known = Set(page.text.matches(of: #/\| `([a-z_]+)` \|/#).map { String($0.output.1) })
        #expect(known.count > 50)
        known.formUnion(Self.awaited)
        for name in known where name.hasSuffix("_seconds") { known.insert(name + "_bucket") }
        let places = Repository.files.filter { file in
            ["alerts/", "docs/runbooks/", "dashboards/"].contains { file.path.hasPrefix($0) }
        }
        for file in places {
            for use in file.text.matches(of: #/\b(?:kafka|lagwarden)_[a-z_]+[a-z]/#) {
                let name = String(use.output)
                // Modules of the sources, and labels of the rules' own series.
                if name.hasSuffix("_dashboards") || name == "kafka_topic" { continue }
                #expect(known.contains(name), "\(file.path): \(name)")
            }
        }
    }
}
