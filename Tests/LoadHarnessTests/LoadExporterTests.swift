import ClusterAccess
import KafkaLauncher
import LagModel
import LagwardenTestKit
import Monitor
import Testing

@testable import LoadHarness

@Suite("The exporter on a scripted cluster")
struct LoadExporterTests {
    private static let shape = LoadShape(
        name: "small", topics: 10, partitionsPerTopic: 12, groups: 30, groupsPerTopic: 3, membersPerGroup: 2)

    @Test("Commits of all sources lead to the lags of the cluster", arguments: CommitSource.allCases)
    func lags(commits: CommitSource) async throws {
        let bench = try LoadExporter(Self.shape, commits: commits)
        await bench.start()
        for _ in 0..<3 {
            bench.happen { $0.churn(percent: 20, at: $1) }
            await bench.round()
            let snapshot = try #require(bench.snapshot)
            #expect(snapshot.source == commits)
            #expect(snapshot.groups.count == Self.shape.groups)
            let sum = snapshot.groups.reduce(0) { $0 + ($1.totals?.lag ?? 0) }
            #expect(sum == bench.source.read { $0.lagSum() })
            #expect(snapshot.groups.allSatisfy { $0.members?.members.count == 2 })
        }
        // Without coordinators there is nothing to publish before the topic has been read once.
        #expect(bench.view?.rounds[.failed] ?? 0 <= (commits == .offsetsTopic ? 1 : 0))
        let port = bench.port
        let body = try await BlockingCall.run {
            Result {
                var reader = BodyReader(family: "kafka_consumer_group_partition_lag")
                _ = try ScrapeClient(port: port).scrape { reader.read($0) }
                return reader
            }
        }.get()
        #expect(body.familySamples == Self.shape.groupPartitions)
        #expect(body.sum == bench.source.read { $0.lagSum() })
        await bench.stop()
    }

    @Test("A round reads what was written before it, and asks no coordinator for commits but to compare")
    func requests() async throws {
        let bench = try LoadExporter(Self.shape)
        await bench.start()
        await bench.round()
        let before = bench.source.requestStatistics()
        bench.happen { $0.churn(percent: 100, at: $1) }
        await bench.round()
        let after = bench.source.requestStatistics()
        func count(_ kind: RequestKind) -> Int64 {
            LoadCluster.brokers.reduce(0) { sum, broker in
                let key = RequestStatistics.Key(broker: broker, kind: kind)
                return sum + (after.requests[key] ?? 0) - (before.requests[key] ?? 0)
            }
        }
        #expect(count(.describeGroups) == 0)
        #expect(count(.offsetFetch) <= 30)
        #expect(bench.snapshot?.offsetsTopic?.recordsByKind["offset_commit"] == Int64(2 * 30 * 12))
        await bench.stop()
    }

    @Test("Nothing that is gone is shown, in rounds in which everything comes and goes")
    func soak() async {
        let (samples, fault) = await Soak(rounds: 60).run()
        #expect(fault == nil)
        #expect(samples.count == 60)
        let verdict = SoakVerdict(samples)
        #expect(verdict.map { $0.seriesSpread < 0.2 } == true)
    }
}
