import ClusterAccess
import Demo
import LagModel
import Monitor
import StructuredLog
import Testing

/// The embedded cluster with the exporter's own rounds on it: mock brokers in this process, real records.
@Suite(.timeLimit(.minutes(3))) struct EmbeddedVenueTests {
    /// Plays `seconds` of the cast as fast as the brokers take it, then hands over a quiet cluster.
    private func withCluster(
        cast: Cast = .standard(), seconds: Int,
        _ body: (EmbeddedVenue, any ClusterSource, ClusterMonitor, SnapshotStore) async throws -> Void
    ) async throws {
        let venue = try EmbeddedVenue(cast: cast, seed: 7, logger: .silent)
        try await venue.open()
        let source = try await venue.makeSource()
        let store = SnapshotStore(clusters: ["demo"])
        let monitor = ClusterMonitor(
            source: source, feeds: source,
            settings: RoundSettings(
                metadataInterval: .seconds(3_600), ledger: .init(cluster: "demo"),
                follower: FollowerSettings(isHybrid: false, catchUpLimit: .seconds(60))),
            store: store, clock: .system(), logger: .silent)
        let following = Task { await monitor.follow() }
        let outcome: Result<Void, any Error>
        do {
            try await play(venue, from: 0, to: seconds)
            outcome = .success(try await body(venue, source, monitor, store))
        } catch {
            outcome = .failure(error)
        }
        following.cancel()
        await following.value
        await source.close()
        await venue.close()
        try outcome.get()
    }

    /// Steps of a quarter of a second, and then waits until the brokers have everything.
    private func play(_ venue: EmbeddedVenue, from start: Int, to end: Int) async throws {
        for step in (start * 4)...(end * 4) { try await venue.play(to: .milliseconds(step * 250)) }
        try await venue.settle()
    }

    /// A round with everything that was committed before it; the first ones wait for the topic's history.
    private func round(_ monitor: ClusterMonitor, _ store: SnapshotStore) async throws -> ClusterSnapshot {
        await monitor.performRound()
        while store.view().first?.lastFailure?.reason == .offsetsTopicBehind {
            try await Task.sleep(for: .milliseconds(20))
            await monitor.performRound()
        }
        let view = try #require(store.view().first)
        #expect(view.lastFailure == nil)
        return try #require(view.snapshot)
    }

    @Test func lagIsProducedMinusCommitted() async throws {
        try await withCluster(seconds: 12) { venue, _, monitor, store in
            let snapshot = try await round(monitor, store)
            let script = await venue.script
            #expect(snapshot.groups.map(\.id) == script.cast.groups.map(\.group).sorted())
            for played in script.groups {
                let name = played.part.group
                let group = try #require(snapshot.groups.first { $0.id == name })
                #expect(group.members?.members.count == played.members.count, "\(name)")
                #expect(group.state == (played.members.isEmpty ? .empty : .stable), "\(name)")
                #expect(group.coordinator != nil)
                let commits = played.committed.enumerated().compactMap { index, offset in
                    offset.map { (Int32(index), $0) }
                }
                guard !commits.isEmpty else {
                    #expect(group.unavailable == .noCommits)
                    continue
                }
                let topic = try #require(group.topics.first)
                #expect(topic.partitions == commits.map(\.0), "\(name)")
                #expect(topic.committed == commits.map(\.1), "\(name)")
                let produced = script.production.produced[played.part.topic] ?? []
                let described = try #require(snapshot.topics.first { $0.name == played.part.topic })
                var sum: Int64 = 0
                for (partition, committed) in commits {
                    let end = produced[Int(partition)]
                    #expect(described.highWatermark[partition] == end)
                    let start = try #require(described.logStart[partition])
                    sum += end - max(committed, start)
                }
                #expect(group.totals?.lag == sum, "\(name)")
            }
        }
    }

    @Test func stoppedGroupsGrowAndSlowOnesLose() async throws {
        try await withCluster(seconds: 14) { venue, _, monitor, store in
            let before = try await round(monitor, store)
            try await play(venue, from: 15, to: 35)
            let after = try await round(monitor, store)
            func lag(_ name: GroupID, _ snapshot: ClusterSnapshot) -> Int64? {
                snapshot.groups.first { $0.id == name }?.totals?.lag
            }
            let grown = try #require(lag("audit-stopped", after)) - #require(lag("audit-stopped", before))
            // 100 records in each of the 21 seconds between the two rounds.
            #expect(grown == 2_100)
            let loser = try #require(after.groups.first { $0.id == "clicks-losing-records" }?.topics.first)
            #expect(loser.counters.lost > 0)
            let keeper = try #require(after.groups.first { $0.id == "billing-keeps-up" }?.topics.first)
            #expect(keeper.counters.lost == 0)
            #expect(keeper.counters.consumed > 0)
            let rebalancing = try #require(after.groups.first { $0.id == "orders-rebalancing" })
            #expect(rebalancing.rebalances.count >= 1)
            let table = FirstLook.table(of: after, since: before)
            #expect(table.contains("stopped: nobody reads what waits"))
            #expect(table.contains("loses records"))
            #expect(table.split(separator: "\n").count == after.groups.count + 1)
        }
    }

    @Test func everyPartitionOfTheOffsetsTopicIsRead() async throws {
        try await withCluster(seconds: 2) { venue, source, monitor, store in
            let metadata = try await source.metadata()
            #expect(metadata.brokers.count == EmbeddedVenue.brokerCount)
            let snapshot = try await round(monitor, store)
            #expect(snapshot.groups.map(\.id) == Cast.standard().groups.map(\.group).sorted())
            let status = try #require(snapshot.offsetsTopic)
            #expect(status.partitions.allSatisfy { $0.state == .current })
            let read = status.partitions.reduce(0) { $0 + ($1.position ?? 0) }
            #expect(await read == venue.offsetsRecordsWritten)
        }
    }
}
