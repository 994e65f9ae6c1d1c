package import ClusterAccess

/// Remembers one cluster from round to round, and makes a snapshot of each.
///
/// A pure value: time comes with the facts. It forgets groups and topics that a round no longer names.
package struct ClusterLedger {
    package struct Settings: Sendable {
        /// Name of the cluster, the `cluster` label.
        package var cluster: String
        package var constantLabels: [ClusterSnapshot.ConstantLabel]
        package var topicGranularity: Granularity
        /// Over how long growth of lag is measured.
        package var growthWindow: Duration

        package init(
            cluster: String, constantLabels: [ClusterSnapshot.ConstantLabel] = [],
            topicGranularity: Granularity = .partition, growthWindow: Duration = .seconds(300)
        ) {
            self.cluster = cluster
            self.constantLabels = constantLabels
            self.topicGranularity = topicGranularity
            self.growthWindow = growthWindow
        }
    }

    private let settings: Settings
    private var topics: [TopicName: TopicLedger] = [:]
    private var groups: [GroupID: GroupLedger] = [:]

    package init(settings: Settings) { self.settings = settings }

    /// Compares a round with the ones before and publishes what follows.
    package mutating func absorb(_ facts: RoundFacts) -> ClusterSnapshot {
        var round = TopicRound(topics: facts.topics, moment: facts.endOffsetsRead)
        var keptTopics: [TopicName: TopicLedger] = [:]
        keptTopics.reserveCapacity(facts.topics.count)
        var topicSnapshots: [TopicSnapshot] = []
        topicSnapshots.reserveCapacity(facts.topics.count)
        for topic in facts.topics {
            var ledger = topics.removeValue(forKey: topic.name) ?? TopicLedger()
            ledger.absorb(topic)
            if !ledger.regressed.isEmpty { round.regressed[topic.name] = ledger.regressed }
            topicSnapshots.append(ledger.snapshot(of: topic))
            keptTopics[topic.name] = ledger
        }
        topics = keptTopics
        var keptGroups: [GroupID: GroupLedger] = [:]
        keptGroups.reserveCapacity(facts.groups.count)
        var groupSnapshots: [GroupSnapshot] = []
        groupSnapshots.reserveCapacity(facts.groups.count)
        for group in facts.groups {
            var ledger = groups.removeValue(forKey: group.id) ?? GroupLedger()
            groupSnapshots.append(ledger.absorb(group, in: round, growthWindow: settings.growthWindow))
            keptGroups[group.id] = ledger
        }
        groups = keptGroups
        var unavailable = facts.unavailable
        for reason in groupSnapshots.lazy.compactMap(\.unavailable) {
            unavailable[.init(scope: .group, reason: reason), default: 0] += 1
        }
        var snapshot = ClusterSnapshot(
            cluster: settings.cluster, constantLabels: settings.constantLabels, round: facts.round,
            endOffsetsRead: facts.endOffsetsRead, clusterID: facts.clusterID, controller: facts.controller,
            brokers: facts.brokers, topics: topicSnapshots, groups: groupSnapshots,
            unavailable: unavailable, topicGranularity: settings.topicGranularity,
            offsetsTopic: facts.offsetsTopic, source: facts.source)
        snapshot.requestPlan = facts.requestPlan
        return snapshot
    }
}

/// One round's topics as the group ledgers look them up.
struct TopicRound {
    let topics: [TopicFacts]
    /// Position of each topic by name.
    let index: [TopicName: Int]
    /// Partitions whose log may not be the one of the last round.
    var regressed: [TopicName: Set<Int32>] = [:]
    let moment: Moment

    init(topics: [TopicFacts], moment: Moment) {
        self.topics = topics
        self.moment = moment
        index = Dictionary(topics.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }
}
