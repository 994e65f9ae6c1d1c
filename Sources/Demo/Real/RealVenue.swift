package import ClusterAccess
import KafkaClient
package import StructuredLog

/// A real Kafka on which real producers and consumers play the cast.
///
/// Topics and groups are made by ``open()`` and ``play(to:)`` and deleted by ``close()``, which must be
/// called.
package actor RealVenue: Venue {
    private let cast: Cast
    private let brokers: String
    private let logger: Logger
    private let administration: TopicAdministration
    private let producer: RecordProducer
    private let client: KafkaCluster
    private var production: ProductionScript
    private var players: [GroupID: [Int: Player]] = [:]
    private var nextTrim: Duration = .seconds(5)
    private var madeTopics: [TopicName] = []

    private struct Player {
        var participant: GroupParticipant
        var plan: MemberPlan
    }

    package init(cast: Cast, brokers: String, seed: UInt64, logger: Logger) throws(ClusterError) {
        self.cast = cast
        self.brokers = brokers
        self.logger = logger
        production = ProductionScript(topics: cast.topics, seed: seed)
        administration = try TopicAdministration(settings: TrafficSettings(brokers: brokers))
        producer = try RecordProducer(settings: TrafficSettings(brokers: brokers))
        client = try KafkaCluster(
            settings: KafkaClientSettings(brokers: brokers, clientID: "lagwarden-demo-cast"), logger: logger)
    }

    package nonisolated var hasCoordinators: Bool { true }

    package func makeSource() async throws(ClusterError) -> any ClusterSource & OffsetsFeedProvider {
        try KafkaCluster(settings: KafkaClientSettings(brokers: brokers), logger: logger)
    }

    package func open() async throws(ClusterError) {
        // Asked first, so that an address without Kafka is told as such.
        _ = try await client.metadata()
        for topic in cast.topics {
            try await administration.create([
                .init(
                    name: topic.name, partitions: Int32(clamping: topic.partitions),
                    configuration: ["retention.ms": "3600000", "segment.bytes": "4194304"])
            ])
            madeTopics.append(topic.name)
        }
    }

    package func play(to time: Duration) async throws(ClusterError) {
        for batch in production.advance(to: time) {
            let bytes = cast.topic(batch.topic)?.recordBytes ?? 0
            for number in 0..<batch.count {
                try await producer.produce(
                    batch.topic, partition: batch.partition, key: nil,
                    value: RecordText.value(topic: batch.topic, number: Int64(number), bytes: bytes))
            }
        }
        for group in cast.groups { try await direct(group, at: time) }
        if time >= nextTrim {
            nextTrim = time + .seconds(3)
            await trim()
        }
    }

    /// Makes the members of a group what the plan says.
    private func direct(_ part: GroupPart, at time: Duration) async throws(ClusterError) {
        let plans = cast.members(of: part, at: time)
        var active = players[part.group] ?? [:]
        let wanted = Set(plans.map(\.number))
        for number in active.keys.sorted() where !wanted.contains(number) {
            await active.removeValue(forKey: number)?.participant.leave()
        }
        for plan in plans where active[plan.number]?.plan != plan {
            if let player = active[plan.number] {
                player.participant.setRate(recordsPerSecond: plan.pace.rate)
                active[plan.number]?.plan = plan
            } else {
                let settings = TrafficSettings(
                    brokers: brokers, clientID: "\(part.group)-\(plan.number)")
                let participant = try GroupParticipant(
                    settings: settings, group: part.group, topics: [part.topic],
                    recordsPerSecond: plan.pace.rate)
                active[plan.number] = Player(participant: participant, plan: plan)
            }
        }
        players[part.group] = active
    }

    /// Deletes old records of the topics that keep few, as retention would; what fails is tried again later.
    private func trim() async {
        for topic in cast.topics {
            guard let kept = topic.keptRecords, let produced = production.produced[topic.name] else {
                continue
            }
            var limits: [PartitionID: Int64] = [:]
            for (partition, count) in zip(topic.partitionIDs, produced) where count > kept {
                limits[partition] = count - Int64(kept)
            }
            guard !limits.isEmpty else { continue }
            do throws(ClusterError) {
                try await producer.flush(within: .seconds(5))
                try await administration.deleteRecords(of: topic.name, before: limits)
            } catch {
                logger.debug("old records were not deleted", ["error": error.description])
            }
        }
    }

    package func close() async {
        await withTaskGroup(of: Void.self) { tasks in
            for player in players.values.flatMap(\.values) {
                tasks.addTask { await player.participant.leave() }
            }
        }
        let groups = players.keys.sorted()
        players = [:]
        await producer.close()
        // Groups first: deleting a topic deletes its commits, and with them groups that have nothing else.
        for group in groups { await remove("group \(group)") { try await $0.delete(groups: [group]) } }
        for topic in madeTopics { await remove("topic \(topic)") { try await $0.delete([topic]) } }
        await administration.close()
        await client.close()
    }

    private func remove(
        _ what: String, _ body: (TopicAdministration) async throws -> Void
    ) async {
        do {
            try await body(administration)
        } catch {
            logger.debug("\(what) was not deleted", ["error": "\(error)"])
        }
    }
}

extension MemberPlan.Pace {
    /// Records per second, with a figure for "unlimited" far above what is written.
    fileprivate var rate: Double {
        switch self {
        case .unlimited: 100_000
        case .recordsPerSecond(let rate): Double(rate)
        }
    }
}
