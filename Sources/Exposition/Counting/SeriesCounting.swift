import ClusterAccess
package import LagModel

/// Counts the series that a snapshot would have, without writing them.
///
/// A census costs a step for each family of each group, topic and group's topic, and one for each partition
/// of topics of which something is unknown.
package enum SeriesCounting {
    /// What folding asks.
    package static let counter = SeriesCounter(
        census: census(of:known:), upperBound: upperBound(of:), partitionSeries: partitionSeries(of:in:))

    /// Everything that would be written of a snapshot if nothing were folded; groups that are `known` are not
    /// looked at.
    package static func census(
        of snapshot: ClusterSnapshot, known: (Int) -> SeriesCounts? = { _ in nil }
    ) -> SeriesCensus {
        var census = SeriesCensus()
        for count in families.cluster { census.fixed += count(snapshot) }
        census.topics = topicCounts(of: snapshot)
        census.groups.reserveCapacity(snapshot.groups.count)
        let groups = snapshot.groups
        for position in groups.indices {
            census.groups.append(known(position) ?? counts(of: groups[position], in: snapshot))
        }
        return census
    }

    /// Series of one group at its configured granularity.
    private static func counts(
        of group: borrowing GroupSnapshot, in snapshot: ClusterSnapshot
    ) -> SeriesCounts {
        let families = Self.families
        let granularity = ExportLevel(group.granularity)
        var counts = SeriesCounts()
        for (level, count) in families.group where granularity <= level { counts[level] += count(group) }
        let topics = group.topics.span
        for position in topics.indices {
            // Copied once, not for each family.
            let topic = topics[position]
            for (level, count) in families.groupTopic where granularity <= level && level > .partition {
                counts[level] += count(snapshot, topic)
            }
            guard granularity == .partition else { continue }
            counts.partition += partitionSeries(
                of: topic.exportedPositions == nil ? topic : topic.exported, in: snapshot)
        }
        guard granularity == .partition, group.members != nil else { return counts }
        for member in MemberSeries.distinct(of: copy group) {
            for (level, count) in families.member { counts[level] += count(member) }
        }
        return counts
    }

    /// Series by partition of a group's topic, with all the partitions that it has.
    package static func partitionSeries(
        of topic: GroupTopicSnapshot, in snapshot: ClusterSnapshot
    ) -> Int {
        var sum = 0
        for (level, count) in families.groupTopic where level == .partition { sum += count(snapshot, topic) }
        return sum
    }

    private static func topicCounts(of snapshot: ClusterSnapshot) -> [SeriesCounts] {
        let families = Self.families
        let granularity = ExportLevel(snapshot.topicGranularity)
        var all: [SeriesCounts] = []
        all.reserveCapacity(snapshot.topics.count)
        let topics = snapshot.topics.span
        for position in topics.indices {
            var counts = SeriesCounts()
            let topic = topics[position]
            for (level, count) in families.topic where granularity <= level { counts[level] += count(topic) }
            all.append(counts)
        }
        return all
    }

    /// A number that the series of a snapshot do not exceed, found without looking at what is known of each
    /// group: a step for each group's topic.
    package static func upperBound(of snapshot: ClusterSnapshot) -> Int {
        var bound = 0
        for count in families.cluster { bound += count(snapshot) }
        for topic in snapshot.topics { bound += 8 + 4 * topic.partitionCount }
        let groups = snapshot.groups
        for position in groups.indices { bound += upperBound(of: groups[position]) }
        return bound
    }

    private static func upperBound(of group: borrowing GroupSnapshot) -> Int {
        var bound = 80 + group.findings.count
        bound += group.rebalanceHistory?.durations.bounds.count ?? 0
        bound += 5 * (group.members?.members.count ?? 0)
        let topics = group.topics.span
        for index in topics.indices {
            bound += 20 + 6 * topics[index].partitions.count + topics[index].ahead.count
        }
        return bound
    }

    /// The counts of ``FamilyCount/all`` by what they are about, each with its family's level.
    private struct Families: Sendable {
        var cluster: [@Sendable (borrowing ClusterSnapshot) -> Int] = []
        var topic: [(ExportLevel, @Sendable (borrowing TopicSnapshot) -> Int)] = []
        var group: [(ExportLevel, @Sendable (borrowing GroupSnapshot) -> Int)] = []
        var member: [(ExportLevel, @Sendable (borrowing MemberSeries) -> Int)] = []
        var groupTopic:
            [(ExportLevel, @Sendable (borrowing ClusterSnapshot, borrowing GroupTopicSnapshot) -> Int)] = []

        init() {
            for entry in FamilyCount.all {
                let level = entry.family.level.exportLevel
                switch entry.scope {
                case .cluster(let count): cluster.append(count)
                case .topic(let count): topic.append((level, count))
                case .group(let count): group.append((level, count))
                case .member(let count): member.append((level, count))
                case .groupTopic(let count): groupTopic.append((level, count))
                }
            }
        }
    }

    private static let families = Families()
}
