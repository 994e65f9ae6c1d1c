import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// The document itself, as it comes over the wire; the last tests, so that there is much in it.
    @Suite struct WireTests {
        private static let openMetrics = "application/openmetrics-text; version=1.0.0"

        /// A label as text; the bound of a bucket as a number, since OpenMetrics writes 1.0 where text has 1.
        private static func plain(_ label: ExpositionDocument.Label) -> String {
            let bound = label.name == "le" ? Double(label.value) : nil
            return "\(label.name)=\(bound.map { "\($0)" } ?? label.value)"
        }

        @Test("both formats keep the rules and say the same")
        func formats() async throws {
            let kafka = try SharedKafka.shared()
            let (text, open) = try await Self.ofOneRound(kafka.exporter) {
                (
                    try await kafka.exporter.get("/metrics"),
                    try await kafka.exporter.get("/metrics", headers: ["Accept": Self.openMetrics])
                )
            }
            #expect(text["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(open["Content-Type"]?.hasPrefix(Self.openMetrics) == true)
            let reports = [
                ExpositionChecker.ofExporter(.text).check(text.body),
                ExpositionChecker.ofExporter(.openMetrics).check(open.body),
            ]
            #expect(reports.map(\.violations) == [[], []])
            let samples = reports.map { report in
                report.document.families.flatMap(\.samples).filter { $0.name.hasPrefix("kafka_") }
                    .map { "\($0.name) \($0.labels.map(Self.plain)) \($0.value)" }
            }
            #expect(samples[0].count > 30)
            #expect(samples[0] == samples[1])
        }

        @Test("the compressed answer holds the same as the plain one")
        func compressed() async throws {
            let kafka = try SharedKafka.shared()
            let (plain, compressed) = try await Self.ofOneRound(kafka.exporter) {
                (
                    try await kafka.exporter.get("/metrics"),
                    try await kafka.exporter.get("/metrics", headers: ["Accept-Encoding": "gzip"])
                )
            }
            #expect(plain["Content-Encoding"] == nil)
            #expect(compressed["Content-Encoding"] == "gzip")
            #expect(compressed.body.count * 2 < plain.body.count)
            let directory = try TemporaryDirectory("gzip")
            let file = "\(directory.path)/metrics.gz"
            try Data(compressed.body).write(to: URL(filePath: file))
            let unpacked = try await ProcessRunner.run("gzip", ["-dc", file])
            #expect(unpacked.isSuccess, "\(unpacked.error)")
            #expect(ExpositionChecker.ofExporter(.text).check(unpacked.output).violations == [])
            #expect(Self.kafkaLines(unpacked.output) == Self.kafkaLines(plain.text))
            #expect(Self.kafkaLines(plain.text).count > 60)
        }

        @Test("promtool finds nothing to say", .enabled(if: Promtool.isInstalled))
        func promtool() async throws {
            let kafka = try SharedKafka.shared()
            let text = try await kafka.exporter.get("/metrics").text
            #expect(try await Promtool.checkMetrics(text) == "")
        }

        /// Two answers that show the same snapshot, as two tries one after the other may not.
        private static func ofOneRound(
            _ exporter: ServedExporter, _ ask: () async throws -> (HTTPAnswer, HTTPAnswer)
        ) async throws -> (HTTPAnswer, HTTPAnswer) {
            try await exporter.wait(for: "something to show") { $0.group("lag", "keepsake") == 2 }
            for _ in 0..<20 {
                let before = try await exporter.scrape().rounds
                let answers = try await ask()
                if try await exporter.scrape().rounds == before { return answers }
            }
            throw LaunchError("no two answers show the same round")
        }

        /// Lines of the families about Kafka.
        private static func kafkaLines(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter {
                $0.hasPrefix("kafka_") || $0.hasPrefix("# HELP kafka_") || $0.hasPrefix("# TYPE kafka_")
            }
        }
    }
}
