import ClusterAccess
import LagModel

/// What a rendering works out of a snapshot once, for all its families.
struct SnapshotTables {
    /// Names of the topics, in the snapshot's order.
    var topics = EscapedNames()
    /// Names of the groups, in the snapshot's order.
    var groups = EscapedNames()
    /// What is known of any topic of each group, in the snapshot's order.
    var knowledge: [TopicKnowledge] = []

    init(_ snapshot: borrowing ClusterSnapshot) {
        // Longer ones are cut, and counted, where they are written.
        let bytesMax = max(LabelCutter.bytesMaxLeast, snapshot.series.labelBytes) - 4
        let topics = snapshot.topics.span
        for position in topics.indices {
            self.topics.append(topics[position].name.rawValue, bytesMax: bytesMax)
        }
        let groups = snapshot.groups
        knowledge.reserveCapacity(groups.count)
        for position in groups.indices {
            self.groups.append(groups[position].id.rawValue, bytesMax: bytesMax)
            knowledge.append(TopicKnowledge(ofAnyTopic: groups[position]))
        }
    }
}

/// Which of a group's facts about a topic are known that often are not.
///
/// A family whose fact is known of no topic of a group passes the group by.
struct TopicKnowledge: OptionSet {
    let rawValue: UInt16

    static let ahead = Self(rawValue: 1)
    static let commits = Self(rawValue: 1 << 1)
    static let lastCommit = Self(rawValue: 1 << 2)
    static let metadata = Self(rawValue: 1 << 3)
    static let removed = Self(rawValue: 1 << 4)
    static let growth = Self(rawValue: 1 << 5)
    static let ages = Self(rawValue: 1 << 6)
    static let age = Self(rawValue: 1 << 7)
    static let statuses = Self(rawValue: 1 << 8)
    static let lossMargin = Self(rawValue: 1 << 9)
    static let stableLag = Self(rawValue: 1 << 10)

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(ofAnyTopic group: borrowing GroupSnapshot) {
        self = []
        let topics = group.topics.span
        for place in topics.indices { formUnion(TopicKnowledge(topics[place])) }
    }

    @inline(__always)
    init(_ topic: borrowing GroupTopicSnapshot) {
        var bits: UInt16 = 0
        func note(_ known: Self, _ isKnown: Bool) { if isKnown { bits |= known.rawValue } }
        note(.ahead, !topic.ahead.isEmpty)
        note(.commits, topic.commits != nil)
        note(.lastCommit, topic.lastCommit != nil)
        note(.metadata, topic.commitMetadataBytes != nil)
        note(.removed, topic.commitsRemoved != nil)
        note(.growth, topic.lagGrowth != nil)
        note(.ages, topic.lagAges != nil)
        note(.age, topic.lagAge != nil)
        note(.statuses, !topic.statuses.isEmpty)
        note(.lossMargin, topic.lossMargin != nil)
        note(.stableLag, topic.wantsStableLag)
        rawValue = bits
    }
}
