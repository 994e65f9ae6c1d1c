import Foundation
import KafkaTurns
import LagwardenTestKit
import Testing

/// The live benchmarks in their short form: that they run, and that exporter and C loop agree.
///
/// Time is judged by the long form alone.
@Suite(.enabled(if: KafkaRequirement.isMet), .serialized, .alone, .timeLimit(.minutes(8)))
struct LiveBenchmarkTests {
    /// Lines of JSON that a run has printed.
    private static func run(_ arguments: [String]) async throws -> [JSONValue] {
        let program = URL(filePath: try Program.binary()).deletingLastPathComponent()
            .appending(path: "LiveBenchmarks").path
        let end = try await ProcessRunner.run(program, arguments, within: .seconds(420))
        #expect(end.isSuccess, "\(end.output)\(end.error)")
        return end.output.split(separator: "\n").compactMap { JSONValue(decoding: Array($0.utf8)) }
    }

    @Test("Exporter and C loop find the same in about as many requests, and their ratio is told")
    func rounds() async throws {
        let reports = try await Self.run(["--quick"])
        #expect(reports.map { $0["benchmark"].string } == ["live_round", "live_first_snapshot"])
        let round = try #require(reports.first)
        #expect(round["ok"].bool == true)
        #expect(round["group_partitions"].integer == 600)
        // A scrape in the middle of a round counts a part of its requests.
        let requests = try #require(round["admin_requests"].number)
        let least = try #require(round["loop_requests"].number)
        #expect(abs(requests - least) < least / 2)
        for name in ["admin", "admin_as_shipped", "hybrid", "hybrid_as_shipped"] {
            let ratio = try #require(round["\(name)_ratio"].number)
            #expect(ratio > 0)
            print("LiveBenchmarkTests: \(name) costs \(ratio) of the C loop")
        }
        let first = try #require(reports.last)
        #expect(first["admin_broker_seconds"].number ?? 0 > 0)
        #expect(first["hybrid_as_shipped_look_ups"].integer ?? 0 > 0)
    }

    @Test("The exporter goes on while topics, groups and members come and go")
    func soak() async throws {
        let reports = try await Self.run(["--quick", "--soak=15"])
        let soak = try #require(reports.first)
        #expect(soak["benchmark"].string == "live_soak" && soak["ok"].bool == true)
        #expect(soak["steps"].integer ?? 0 > 0)
        #expect(soak["scrapes"].integer ?? 0 > 0)
    }
}
