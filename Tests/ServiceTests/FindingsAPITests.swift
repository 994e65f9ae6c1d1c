import ClusterAccess
import Foundation
import HTTPService
import LagModel
import LagwardenTestKit
import Testing

@testable import Service

@Suite("Findings in the JSON API")
struct FindingsAPITests {
    /// One cluster whose group `slow` has lost records and whose group `new` has none to lose.
    private static func bench(_ names: [String] = ["c"]) async -> ServedBench {
        let bench = ServedBench(names)
        for source in bench.sources {
            source.withCluster { cluster in
                for name in cluster.topics.keys {
                    for partition in cluster.topics[name]?.partitions.indices ?? 0..<0 {
                        cluster.topics[name]?.partitions[partition].logStart = 70
                    }
                }
            }
        }
        await bench.rounds()
        return bench
    }

    @Test func findingsHaveTheirNumbersAndWhatMayHelp() async throws {
        let bench = await Self.bench()
        let answer = try bench.json("/api/v1/findings?group=slow")
        let findings = try #require(answer["findings"] as? [[String: Any]])
        #expect(answer["total"] as? Int == findings.count)
        let lost = try #require(findings.first { $0["finding"] as? String == "records_lost" })
        #expect(lost["severity"] as? String == "critical" && lost["group"] as? String == "slow")
        #expect(lost["cluster"] as? String == "c")
        #expect((lost["summary"] as? String)?.hasSuffix(".") == true)
        let evidence = try #require(lost["evidence"] as? [[String: Any]])
        #expect(evidence.contains { $0["name"] as? String == "records_before_log_start" })
        let suggestions = try #require(lost["suggestions"] as? [[String: Any]])
        #expect(suggestions.first?["setting"] as? String == "retention.ms")
        #expect(suggestions.first?["direction"] as? String == "raise")
        #expect((suggestions.first?["trade_off"] as? String)?.isEmpty == false)
        let detail = try bench.json("/api/v1/groups/slow")
        #expect((detail["findings"] as? [[String: Any]])?.count == findings.count)
    }

    @Test func healthyGroupsHaveAnEmptyList() async throws {
        let bench = ServedBench()
        await bench.rounds()
        #expect((try bench.json("/api/v1/groups/fast")["findings"] as? [Any])?.isEmpty == true)
        #expect(try bench.json("/api/v1/findings?group=fast")["total"] as? Int == 0)
    }

    @Test func filtersAndPages() async throws {
        let bench = await Self.bench(["east", "west"])
        let all = try #require(try bench.json("/api/v1/findings")["total"] as? Int)
        #expect(all > 0)
        #expect(try bench.json("/api/v1/findings?cluster=east")["total"] as? Int == all / 2)
        let worst = try bench.json("/api/v1/findings?severity=critical")
        let severities = (worst["findings"] as? [[String: Any]])?.map { $0["severity"] as? String }
        #expect(severities?.isEmpty == false && severities?.allSatisfy { $0 == "critical" } == true)
        let page = try bench.json("/api/v1/findings?limit=1&offset=1")
        #expect((page["findings"] as? [Any])?.count == 1 && page["total"] as? Int == all)
        #expect(try bench.json("/api/v1/findings?group=nobody")["total"] as? Int == 0)
    }

    @Test(arguments: [
        ("/api/v1/findings?severity=bad", 400), ("/api/v1/findings?limit=0", 400),
        ("/api/v1/findings?cluster=nowhere", 404),
    ])
    func badRequestsGetASentence(_ target: String, _ status: Int) async throws {
        let bench = await Self.bench()
        #expect(try bench.get(target).status == status)
        #expect(try #require(try bench.json(target)["error"] as? String).count > 10)
    }

    @Test func groupsAndTopicsTellTheirOutlook() async throws {
        let bench = ServedBench()
        await bench.rounds()
        let fast = try bench.json("/api/v1/groups/fast")
        #expect((fast["summary"] as? [String: Any])?["catch_up_seconds"] as? Double == 0)
        let slow = try bench.json("/api/v1/groups/slow")
        #expect((slow["summary"] as? [String: Any])?["catch_up_seconds"] == nil)
        let topics = try #require(slow["topics"] as? [[String: Any]])
        #expect(topics.first?["retention_seconds"] as? Double == 604_800)
        #expect(topics.first?["loss_margin_seconds"] == nil)
    }
}
