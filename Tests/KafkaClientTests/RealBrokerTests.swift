import ClusterAccess
import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import StructuredLog
import Testing

@testable import KafkaClient

/// Against three real brokers, which one test holds up and another leaves alone.
@Suite("Real brokers", .enabled(if: KafkaRequirement.isMet), .serialized, .inTurn, .timeLimit(.minutes(5)))
struct RealBrokerTests {
    private static let topic: TopicName = "orders"
    private static let produced = (0..<12).map { Int64($0 * 7) }

    /// What each test starts with.
    private struct Stage {
        var kafka: KafkaLauncher.KafkaCluster
        var settings: TrafficSettings
        var administration: TopicAdministration
        var cluster: KafkaClient.KafkaCluster

        func close() async {
            await cluster.close()
            await administration.close()
            await kafka.stop()
        }
    }

    private func stage(
        brokers: Int, requestTimeout: Duration = .seconds(10), usesListOffsets: Bool = true,
        hugeGroupPartitions: Int = 5_000
    ) async throws -> Stage {
        let kafka = try await KafkaLauncher.KafkaCluster.start(
            try KafkaRequirement.installation(), KafkaClusterOptions(brokers: brokers, heapMegabytes: 256))
        let settings = TrafficSettings(brokers: kafka.bootstrap)
        let administration = try TopicAdministration(settings: settings)
        try await administration.create([.init(name: Self.topic, partitions: 12)])
        let producer = try RecordProducer(settings: settings)
        for (partition, count) in Self.produced.enumerated() {
            for _ in 0..<count {
                try await producer.produce(
                    Self.topic, partition: PartitionID(Int32(partition)), key: nil,
                    value: Array("record".utf8))
            }
        }
        try await producer.flush(within: .seconds(30))
        await producer.close()
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(
                brokers: kafka.bootstrap, requestTimeout: requestTimeout,
                metadataTimeout: min(requestTimeout, .seconds(3)), hugeGroupPartitions: hugeGroupPartitions,
                hugeGroupChunk: 5, hugeGroupRefresh: 2, usesListOffsets: usesListOffsets),
            logger: .silent)
        return Stage(kafka: kafka, settings: settings, administration: administration, cluster: cluster)
    }

    /// Partitions of `topic` by leader.
    private func led(
        _ metadata: ClusterMetadata, topic: TopicName = topic
    ) -> [BrokerID: [TopicPartitions]] {
        let partitions = metadata.topics.first { $0.name == topic }?.partitions ?? []
        return Dictionary(grouping: partitions.filter { $0.leader != nil }, by: { $0.leader ?? BrokerID(-1) })
            .mapValues { [TopicPartitions(topic: topic, partitions: $0.map(\.id))] }
    }

    /// One end of all partitions, by partition.
    private func ends(
        _ kind: LogOffsetKind, _ cluster: KafkaClient.KafkaCluster, _ metadata: ClusterMetadata
    ) async -> [Int32: Int64] {
        var ends: [Int32: Int64] = [:]
        for (leader, partitions) in led(metadata) {
            let answer = await cluster.logOffsets(kind, of: partitions, leader: leader)
            #expect(answer.failures.isEmpty, "\(answer.failures)")
            for topic in answer.topics {
                for (partition, offset) in zip(topic.partitions, topic.offsets) {
                    ends[partition.rawValue] = offset
                }
            }
        }
        return ends
    }

    /// Groups by coordinator, each broker asked.
    private func coordinators(
        _ cluster: KafkaClient.KafkaCluster, _ metadata: ClusterMetadata
    ) async throws -> [GroupID: (broker: BrokerID, listing: GroupListing)] {
        var found: [GroupID: (BrokerID, GroupListing)] = [:]
        for broker in metadata.brokers {
            for listing in try await cluster.listGroups(on: broker.id).groups {
                found[listing.group] = (broker.id, listing)
            }
        }
        return found
    }

    @Test("lists, members, commits and ends equal what was done", arguments: [true, false])
    func everything(usesListOffsets: Bool) async throws {
        let stage = try await stage(brokers: 1, usesListOffsets: usesListOffsets, hugeGroupPartitions: 10)
        let cluster = stage.cluster
        let committed = (0..<12).map { Int64($0 * 3) }
        try await stage.administration.commit(
            [.init(name: Self.topic, partitions: (0..<12).map { PartitionID($0) }, offsets: committed)],
            for: "written")
        try await stage.administration.commit(
            [.init(name: Self.topic, partitions: [PartitionID(3)], offsets: [4])], for: "one")
        let classic = try GroupParticipant(
            settings: stage.settings, group: "classic", topics: [Self.topic], recordsPerSecond: 100_000)
        while classic.progress.consumed < Self.produced.reduce(0, +) {
            try await Task.sleep(for: .milliseconds(50))
        }
        let metadata = try await cluster.metadata()
        #expect(metadata.controller == BrokerID(1))
        #expect(metadata.clusterID?.isEmpty == false)
        let groups = try await coordinators(cluster, metadata)
        #expect(groups["classic"]?.listing.state == .stable)
        #expect(groups["written"]?.listing.state == .empty)
        #expect(groups["written"]?.listing.isSimple == true)

        // Asked again and again, the group with more than ten commits is asked in parts.
        for _ in 0..<5 {
            let offsets = try await cluster.committedOffsets(of: "written", on: BrokerID(1))
            let topic = try #require(offsets.topics.first)
            let pairs = Dictionary(uniqueKeysWithValues: zip(topic.partitions.map(\.rawValue), topic.offsets))
            #expect(pairs == Dictionary(uniqueKeysWithValues: (0..<12).map { (Int32($0), committed[$0]) }))
            #expect(offsets.failures.isEmpty)
        }
        let one = try await cluster.committedOffsets(of: "one", on: BrokerID(1))
        #expect(one.topics == [.init(name: Self.topic, partitions: [PartitionID(3)], offsets: [4])])
        #expect(try await cluster.committedOffsets(of: "nobody", on: BrokerID(1)) == CommittedOffsets())

        let described = await cluster.describeGroups(["classic", "written", "classic"], on: BrokerID(1))
        #expect(described.map(\.group) == ["classic", "written"])
        #expect(described[0].state == .stable)
        #expect(described[0].members.count == 1)
        #expect(described[0].members.first?.assignment.first?.partitions.count == 12)
        #expect(described[0].members.first?.clientID == "lagwarden-demo")
        #expect(described[1].members.isEmpty)

        try await stage.administration.deleteRecords(of: Self.topic, before: [PartitionID(5): 20])
        #expect(await ends(.logStart, cluster, metadata)[5] == 20)
        for kind in [LogOffsetKind.highWatermark, .lastStable] {
            let ends = await ends(kind, cluster, metadata)
            #expect(ends == Dictionary(uniqueKeysWithValues: (0..<12).map { (Int32($0), Self.produced[$0]) }))
        }
        await classic.leave()
        await stage.close()
    }

    @Test(
        "a deleted topic costs its own partitions, before anybody reads metadata again",
        arguments: [true, false])
    func deletedTopic(usesListOffsets: Bool) async throws {
        let stage = try await stage(brokers: 1, usesListOffsets: usesListOffsets)
        try await stage.administration.create([.init(name: "doomed", partitions: 3)])
        var metadata = try await stage.cluster.metadata()
        while !metadata.topics.contains(where: { $0.name == "doomed" }) {
            metadata = try await stage.cluster.metadata()
        }
        let doomed = TopicPartitions(topic: "doomed", partitions: (0..<3).map { PartitionID($0) })
        let alive = TopicPartitions(topic: Self.topic, partitions: (0..<12).map { PartitionID($0) })
        let before = await stage.cluster.logOffsets(.highWatermark, of: [doomed, alive], leader: BrokerID(1))
        #expect(before.failures.isEmpty)
        try await stage.administration.delete(["doomed"])
        var after = before
        // The broker gives the partitions up one after the other.
        while after.failures.count < doomed.partitions.count {
            after = await stage.cluster.logOffsets(.highWatermark, of: [doomed, alive], leader: BrokerID(1))
        }
        #expect(after.failures.map(\.topic) == ["doomed", "doomed", "doomed"])
        #expect(
            after.failures.allSatisfy { $0.error.reason == .unknownTopicOrPartition }, "\(after.failures)")
        #expect(after.topics.first?.offsets == Self.produced)
        await stage.close()
    }

    @Test("a KIP-848 group is listed with its true state")
    func newProtocol() async throws {
        // A librdkafka that can join such a group speaks the protocol of Kafka 4, not 3.9's preview of it.
        guard try KafkaRequirement.installation().majorVersion >= 4 else { return }
        let stage = try await stage(brokers: 1)
        var settings = stage.settings
        settings.properties = [("group.protocol", "consumer")]
        let member: GroupParticipant
        do throws(ClusterError) {
            member = try GroupParticipant(
                settings: settings, group: "modern", topics: [Self.topic], recordsPerSecond: 100_000)
        } catch {
            // librdkafka before 2.6 cannot join such a group; the probe by hand covers listing with 2.0.2.
            #expect(error.subject == "property group.protocol")
            await stage.close()
            return
        }
        while member.progress.consumed < Self.produced.reduce(0, +) {
            try await Task.sleep(for: .milliseconds(50))
        }
        let metadata = try await stage.cluster.metadata()
        let modern = try #require(try await coordinators(stage.cluster, metadata)["modern"])
        #expect(modern.listing.state == .stable)
        #expect(modern.listing.type == .consumer)
        let described = await stage.cluster.describeGroups(["modern"], on: modern.broker)
        #expect(described.first?.type == .consumer)
        #expect(described.first?.members.first?.assignment.first?.partitions.count == 12)
        await member.leave()
        await stage.close()
    }

    /// Commits once the coordinator has heard of the topic, which was made through another broker just now.
    private static func commitOnceKnown(
        _ offsets: [CommittedOffsets.Topic], for group: GroupID, _ administration: TopicAdministration
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            do throws(ClusterError) {
                return try await administration.commit(offsets, for: group)
            } catch {
                let isEarly = error.reason == .unknownTopicOrPartition
                guard isEarly, ContinuousClock.now < deadline else { throw error }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test("a stalled broker costs its own slice, and closing does not wait for it", arguments: [true, false])
    func stalledBroker(usesListOffsets: Bool) async throws {
        let stage = try await stage(
            brokers: 3, requestTimeout: .seconds(3), usesListOffsets: usesListOffsets)
        let cluster = stage.cluster
        for number in 0..<30 {
            try await Self.commitOnceKnown(
                [.init(name: Self.topic, partitions: [PartitionID(1)], offsets: [5])],
                for: GroupID("group-\(number)"), stage.administration)
        }
        let metadata = try await cluster.metadata()
        let groups = try await coordinators(cluster, metadata)
        #expect(groups.count == 30)
        let stalled = BrokerID(2)
        stage.kafka.pause(2)
        async let lost = withTaskGroup(of: ClusterError.Reason?.self) { tasks in
            for (group, place) in groups where place.broker == stalled {
                tasks.addTask {
                    do throws(ClusterError) {
                        _ = try await cluster.committedOffsets(of: group, on: stalled)
                        return nil
                    } catch { return error.reason }
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        async let lostOffsets = cluster.logOffsets(
            .highWatermark, of: led(metadata)[stalled] ?? [], leader: stalled)
        for (group, place) in groups where place.broker != stalled {
            let offsets = try await cluster.committedOffsets(of: group, on: place.broker)
            #expect(offsets.topics.first?.offsets == [5])
        }
        for (leader, partitions) in led(metadata) where leader != stalled {
            let answer = await cluster.logOffsets(.highWatermark, of: partitions, leader: leader)
            #expect(answer.failures.isEmpty)
        }
        let reasons = await lost
        #expect(!reasons.isEmpty)
        #expect(reasons.allSatisfy { $0 == .timedOut || $0 == .brokerUnavailable }, "\(reasons)")
        let answer = await lostOffsets
        #expect(answer.topics.isEmpty)
        #expect(answer.failures.count == led(metadata)[stalled]?.first?.partitions.count)
        #expect(
            answer.failures.allSatisfy {
                $0.error.reason == .timedOut || $0.error.reason == .brokerUnavailable
            },
            "\(answer.failures)")
        stage.kafka.resume(2)
        // Late answers arrive now; the process has to survive them and the broker's groups come back.
        await Eventually.comes { (try? await cluster.listGroups(on: stalled)) != nil }
        stage.kafka.pause(2)
        let outstanding = Task {
            await cluster.logOffsets(.highWatermark, of: led(metadata)[stalled] ?? [], leader: stalled)
        }
        if !usesListOffsets { await Eventually.comes { cluster.core.pool.threadCount > 0 } }
        await cluster.close()
        let closed = await outstanding.value
        #expect(closed.failures.allSatisfy { $0.error.reason == .closed || $0.error.reason == .timedOut })
        stage.kafka.resume(2)
        await stage.administration.close()
        await stage.kafka.stop()
    }
}
