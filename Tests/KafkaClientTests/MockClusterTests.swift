import ClusterAccess
import KafkaLauncher
import Locking
import StructuredLog
import Testing

@testable import KafkaClient

/// Against librdkafka's own mock brokers, which can be told to fail.
@Suite("Mock cluster", .timeLimit(.minutes(5)))
struct MockClusterTests {
    private static let orders: TopicName = "orders"

    /// A cluster of three brokers with six partitions of `orders` and a client.
    private func stage(
        requestTimeout: Duration = .seconds(10), chunk: Int = 500
    ) throws -> (MockCluster, KafkaClient.KafkaCluster) {
        let mock = try MockCluster(brokers: 3)
        try mock.createTopic(Self.orders, partitions: 6)
        for partition in 0..<6 {
            try mock.setLeader(
                of: PartitionID(Int32(partition)), in: Self.orders, to: BrokerID(Int32(partition % 3 + 1)))
        }
        let settings = KafkaClientSettings(
            brokers: mock.bootstrapServers, requestTimeout: requestTimeout, metadataTimeout: requestTimeout,
            offsetsChunk: chunk)
        return (mock, try KafkaClient.KafkaCluster(settings: settings, logger: .silent))
    }

    private func partitions(_ ids: [Int32], of topic: TopicName = Self.orders) -> TopicPartitions {
        TopicPartitions(topic: topic, partitions: ids.map { PartitionID($0) })
    }

    /// Writes `counts[p]` records into partition p.
    private func produce(_ counts: [Int], to mock: MockCluster) async throws {
        let producer = try RecordProducer(settings: TrafficSettings(brokers: mock.bootstrapServers))
        for (partition, count) in counts.enumerated() {
            for number in 0..<count {
                try await producer.produce(
                    Self.orders, partition: PartitionID(Int32(partition)), key: Array("k\(number)".utf8),
                    value: number.isMultiple(of: 3) ? nil : Array("v\(number)".utf8),
                    timestampMilliseconds: 1_700_000_000_000 + Int64(number))
            }
        }
        try await producer.flush(within: .seconds(20))
        #expect(producer.counts.delivered == Int64(counts.reduce(0, +)))
        await producer.close()
    }

    @Test("metadata names brokers, leaders and topics")
    func metadata() async throws {
        let (mock, cluster) = try stage()
        try mock.setLeader(of: PartitionID(5), in: Self.orders, to: nil)
        let metadata = try await cluster.metadata()
        #expect(metadata.brokers.map(\.id.rawValue) == [1, 2, 3])
        let topic = try #require(metadata.topics.first { $0.name == Self.orders })
        #expect(topic.partitions.map { $0.leader?.rawValue } == [1, 2, 3, 1, 2, nil])
        #expect(topic.error == nil)
        await cluster.close()
        mock.close()
    }

    @Test("log offsets equal what was produced, whatever the chunk", arguments: [1, 2, 500])
    func logOffsets(chunk: Int) async throws {
        let (mock, cluster) = try stage(chunk: chunk)
        try await produce([3, 0, 5, 7, 1, 2], to: mock)
        _ = try await cluster.metadata()
        for kind in LogOffsetKind.allCases {
            let answer = await cluster.logOffsets(
                kind, of: [partitions([3, 0, 3]), partitions([0])], leader: BrokerID(1))
            #expect(answer.failures.isEmpty)
            #expect(answer.topics.map(\.name) == [Self.orders])
            #expect(answer.topics.first?.partitions.map(\.rawValue) == [0, 3])
            #expect(answer.topics.first?.offsets == (kind == .logStart ? [0, 0] : [3, 7]))
        }
        await cluster.close()
        mock.close()
    }

    @Test(
        "one failure that fresh metadata cures leaves no trace",
        arguments: [
            MockCluster.Failure.notLeader, .leaderUnavailable, .unknownTopicOrPartition,
        ])
    func curedFailure(failure: MockCluster.Failure) async throws {
        let (mock, cluster) = try stage()
        try await produce([3, 0, 5, 7, 1, 2], to: mock)
        _ = try await cluster.metadata()
        mock.failNext(.listOffsets, with: failure)
        let answer = await cluster.logOffsets(.highWatermark, of: [partitions([0, 3])], leader: BrokerID(1))
        #expect(answer.failures.isEmpty, "\(answer.failures)")
        #expect(answer.topics.first?.offsets == [3, 7])
        await cluster.close()
        mock.close()
    }

    @Test("a failure that stays becomes every partition's, within a bounded number of requests")
    func lastingFailure() async throws {
        let (mock, cluster) = try stage()
        _ = try await cluster.metadata()
        mock.failNext(.listOffsets, with: .topicUnauthorized, count: 200)
        let answer = await cluster.logOffsets(
            .highWatermark, of: [partitions([0, 3])], leader: BrokerID(1))
        #expect(answer.topics.isEmpty)
        #expect(answer.failures.map(\.partition.rawValue).sorted() == [0, 3])
        #expect(answer.failures.allSatisfy { $0.error.reason == .topicUnauthorized })
        let asked = cluster.requestStatistics().requests.filter { $0.key.kind == .listOffsets }
        #expect(asked.values.reduce(0, +) <= 10)
        await cluster.close()
        mock.close()
    }

    @Test("an unknown topic costs its own partitions only")
    func unknownTopic() async throws {
        let (mock, cluster) = try stage()
        try await produce([3, 0, 5, 7, 1, 2], to: mock)
        mock.setError(.unknownTopicOrPartition, of: "gone")
        _ = try await cluster.metadata()
        let answer = await cluster.logOffsets(
            .highWatermark, of: [partitions([0, 3]), partitions([0, 1], of: "gone"), partitions([77])],
            leader: BrokerID(1))
        #expect(answer.topics.first?.offsets == [3, 7])
        #expect(Set(answer.failures.map { "\($0.topic)\($0.partition)" }) == ["gone0", "gone1", "orders77"])
        #expect(
            answer.failures.allSatisfy { $0.error.reason == .unknownTopicOrPartition }, "\(answer.failures)")
        await cluster.close()
        mock.close()
    }

    @Test("a silent leader costs its own partitions only, and is not asked again and again")
    func silentLeader() async throws {
        let (mock, cluster) = try stage(requestTimeout: .seconds(2), chunk: 1)
        try await produce([3, 0, 5, 7, 1, 2], to: mock)
        _ = try await cluster.metadata()
        try mock.setRoundTrip(of: BrokerID(2), .seconds(60))
        async let silent = cluster.logOffsets(.highWatermark, of: [partitions([1, 4])], leader: BrokerID(2))
        let healthy = await cluster.logOffsets(.highWatermark, of: [partitions([0, 3])], leader: BrokerID(1))
        #expect(healthy.topics.first?.offsets == [3, 7])
        let failed = await silent
        #expect(failed.failures.map(\.partition.rawValue).sorted() == [1, 4])
        #expect(failed.failures.allSatisfy { $0.error.reason == .timedOut }, "\(failed.failures)")
        let statistics = cluster.requestStatistics()
        let key = RequestStatistics.Key(broker: BrokerID(2), kind: .listOffsets)
        #expect(statistics.requests[key] == 2)
        #expect(
            statistics.errors[
                RequestStatistics.ErrorKey(broker: BrokerID(2), kind: .listOffsets, reason: .timedOut)] == 2)
        await cluster.close()
        mock.close()
    }

    @Test("a broker that is down fails by itself")
    func brokerDown() async throws {
        let (mock, cluster) = try stage(requestTimeout: .seconds(2))
        try await produce([3, 0, 5, 7, 1, 2], to: mock)
        _ = try await cluster.metadata()
        try await mock.takeDown(BrokerID(3))
        let failed = await cluster.logOffsets(.highWatermark, of: [partitions([2, 5])], leader: BrokerID(3))
        #expect(failed.topics.isEmpty)
        #expect(failed.failures.count == 2)
        let healthy = await cluster.logOffsets(.highWatermark, of: [partitions([0, 3])], leader: BrokerID(1))
        #expect(healthy.topics.first?.offsets == [3, 7])
        await cluster.close()
        mock.close()
    }

    /// Who wants a port that is somebody else's.
    private struct Intruder {
        var tries = 0
        var successes = 0
        var isDone = false

        mutating func note(succeeded: Bool) {
            tries += 1
            successes += succeeded ? 1 : 0
        }
    }

    @Test("the port of a broker that goes down and comes back is never free")
    func portIsKept() async throws {
        let mock = try MockCluster(brokers: 3)
        let port = try mock.port(of: BrokerID(3))
        let intruder = Mutex(Intruder())
        async let ended: Void = BlockingCall.run {
            let end = ContinuousClock.now + .seconds(60)
            while !intruder.withLock(\.isDone), ContinuousClock.now < end {
                let taken = try? PortReservation(1, in: port...port)
                intruder.withLock { $0.note(succeeded: taken != nil) }
            }
        }
        while intruder.withLock({ $0.tries == 0 }) { try await Task.sleep(for: .milliseconds(1)) }
        for _ in 0..<20 {
            try await mock.takeDown(BrokerID(3))
            try mock.bringUp(BrokerID(3))
        }
        intruder.withLock { $0.isDone = true }
        await ended
        #expect(intruder.withLock(\.successes) == 0)
        await #expect(throws: ClusterError.self) { try await mock.takeDown(BrokerID(4)) }
        mock.close()
    }

    @Test("commits of a real member are read back, and partitions without one are left out")
    func commits() async throws {
        let (mock, cluster) = try stage()
        try await produce([3, 0, 5, 7, 0, 0], to: mock)
        let member = try GroupParticipant(
            settings: TrafficSettings(brokers: mock.bootstrapServers), group: "billing",
            topics: [Self.orders],
            recordsPerSecond: 10_000)
        while member.progress.consumed < 15 { try await Task.sleep(for: .milliseconds(20)) }
        await member.leave()
        let all = partitions([0, 1, 2, 3, 4, 5])
        let commits = try await cluster.committedOffsets(of: "billing", on: BrokerID(1), partitions: [all])
        let topic = try #require(commits.topics.first)
        let byPartition = Dictionary(
            uniqueKeysWithValues: zip(topic.partitions.map(\.rawValue), topic.offsets))
        #expect(byPartition[0] == 3)
        #expect(byPartition[2] == 5)
        #expect(byPartition[3] == 7)
        #expect(byPartition[1] == nil)
        let nobody = try await cluster.committedOffsets(of: "nobody", on: BrokerID(1), partitions: [all])
        #expect(nobody == CommittedOffsets())
        #expect(try await cluster.committedOffsets(of: "nobody", on: BrokerID(1)) == CommittedOffsets())
        await cluster.close()
        mock.close()
    }

    @Test(
        "a coordinator's error is thrown with its class",
        arguments: [
            (MockCluster.Failure.notCoordinator, ClusterError.Reason.notCoordinator),
            (.coordinatorLoading, .coordinatorLoading), (.coordinatorUnavailable, .coordinatorUnavailable),
            (.groupUnauthorized, .groupUnauthorized), (.disconnect, .brokerUnavailable),
        ])
    func coordinatorErrors(failure: MockCluster.Failure, reason: ClusterError.Reason) async throws {
        let (mock, cluster) = try stage()
        _ = try await cluster.metadata()
        mock.failNext(.offsetFetch, with: failure, count: 5)
        do {
            _ = try await cluster.committedOffsets(
                of: "billing", on: BrokerID(1), partitions: [partitions([0, 1])])
            Issue.record("no error")
        } catch {
            #expect(error.reason == reason)
            #expect(error.broker == BrokerID(1))
            #expect(error.subject == "group billing")
        }
        await cluster.close()
        mock.close()
    }

    @Test("closing ends what is outstanding, and everything after fails alike")
    func closing() async throws {
        let (mock, cluster) = try stage(requestTimeout: .seconds(5))
        _ = try await cluster.metadata()
        for broker in 1...3 { try mock.setRoundTrip(of: BrokerID(Int32(broker)), .seconds(60)) }
        let outstanding = (0..<20).map { number in
            Task { () async -> [ClusterError.Reason] in
                switch number % 3 {
                case 0:
                    return await cluster.logOffsets(
                        .highWatermark, of: [partitions([0, 3])], leader: BrokerID(1)
                    ).failures.map(\.error.reason)
                case 1:
                    do throws(ClusterError) {
                        _ = try await cluster.committedOffsets(
                            of: "billing", on: BrokerID(2), partitions: [partitions([0])])
                        return []
                    } catch { return [error.reason] }
                default:
                    do throws(ClusterError) {
                        _ = try await cluster.metadata()
                        return []
                    } catch { return [error.reason] }
                }
            }
        }
        async let first: Void = cluster.close()
        async let second: Void = cluster.close()
        _ = await (first, second)
        for task in outstanding {
            let reasons = await task.value
            #expect(!reasons.isEmpty)
            #expect(reasons.allSatisfy { $0 == .closed }, "\(reasons)")
        }
        await #expect(throws: ClusterError.self) { try await cluster.metadata() }
        let late = await cluster.logOffsets(.logStart, of: [partitions([0])], leader: BrokerID(1))
        #expect(late.failures.map(\.error.reason) == [.closed])
        await cluster.close()
        mock.close()
    }

    @Test("cancelling a task ends its call at once")
    func cancelling() async throws {
        let (mock, cluster) = try stage(requestTimeout: .seconds(60))
        _ = try await cluster.metadata()
        try mock.setRoundTrip(of: BrokerID(1), .seconds(60))
        let task = Task {
            await cluster.logOffsets(.highWatermark, of: [partitions([0, 3])], leader: BrokerID(1))
        }
        task.cancel()
        #expect(await task.value.failures.map(\.error.reason) == [.cancelled, .cancelled])
        // The blocked call is left to itself: this is what a long request time-out costs.
        await cluster.close()
    }
}
