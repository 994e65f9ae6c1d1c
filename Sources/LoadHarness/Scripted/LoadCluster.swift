package import ClusterAccess
import LagwardenTestKit

/// The whole state of a large scripted cluster, from which every answer follows by arithmetic.
///
/// A pure value of some kilobytes, however many partitions it has, so that a process that is measured holds
/// little beside what is measured. The same seed gives the same cluster and the same life.
package struct LoadCluster: Sendable {
    package let shape: LoadShape
    package internal(set) var topics: [LoadTopic] = []
    package internal(set) var groups: [LoadGroup] = []
    /// Ends of the partitions of `__consumer_offsets`.
    package internal(set) var ends: [Int64]
    /// Places of topics by name.
    var topicPlaces: [TopicName: Int] = [:]
    /// Places of groups by name.
    var groupPlaces: [GroupID: Int] = [:]
    /// Groups that read each topic, by their places.
    var readers: [[Int]]
    /// Topics and groups that ever were.
    var madeTopics = 0
    var madeGroups = 0
    var random: SeededRandom

    /// Partitions of `__consumer_offsets`, as brokers make it.
    package static let owners = 50
    package static let brokers: [BrokerID] = [BrokerID(1), BrokerID(2), BrokerID(3)]

    /// A cluster that was made at `time` (milliseconds since 1970), with all groups caught up or standing.
    package init(_ shape: LoadShape, seed: UInt64 = 1, at time: Int64) {
        self.shape = shape
        random = SeededRandom(seed: seed)
        ends = Array(repeating: 0, count: Self.owners)
        readers = Array(repeating: [], count: shape.topics)
        for place in 0..<shape.topics {
            topics.append(newTopic(at: time))
            topicPlaces[topics[place].name] = place
        }
        for place in 0..<shape.groups {
            groups.append(newGroup(at: place))
            groupPlaces[groups[place].id] = place
            for topic in groups[place].topics { readers[topic].append(place) }
            for entry in entries(of: groups[place], at: time) { ends[entry.owner] += Int64(entry.count) }
        }
    }

    /// A topic with a name that was not there before.
    mutating func newTopic(at time: Int64) -> LoadTopic {
        defer { madeTopics += 1 }
        return LoadTopic(
            name: TopicName("orders.incoming.events-\(100_000 + madeTopics)"),
            partitions: shape.partitionsPerTopic, created: time)
    }

    /// A group with a name that was not there before, for a place among the groups.
    mutating func newGroup(at place: Int) -> LoadGroup {
        let id = GroupID("billing-consumer-group-\(100_000 + madeGroups)")
        defer { madeGroups += 1 }
        let first = place / shape.groupsPerTopic * shape.topicsPerGroup
        return LoadGroup(
            id: id, number: madeGroups, topics: first..<(first + shape.topicsPerGroup),
            owner: CoordinatorPartition.of(id, count: Self.owners).map { Int($0.rawValue) } ?? 0,
            members: shape.membersPerGroup)
    }

    /// The broker that coordinates groups of a partition of `__consumer_offsets`, and leads it.
    static func broker(ofOwner owner: Int) -> BrokerID { leader(of: owner) }

    /// Leader of a partition of any topic.
    static func leader(of partition: Int) -> BrokerID { brokers[partition % brokers.count] }

    /// Sum of the lags of all groups on all partitions.
    package func lagSum() -> Int64 {
        groups.reduce(0) { sum, group in sum + lag(of: group) }
    }

    /// Sum of one group's lags.
    package func lag(of group: LoadGroup) -> Int64 {
        var sum: Int64 = 0
        for topic in group.topics where group.stands(on: topic) {
            for partition in 0..<topics[topic].partitions {
                sum += LoadGroup.standingLag(group.number, partition)
            }
        }
        return sum
    }
}

// MARK: - What happens in a round

extension LoadCluster {
    /// Lets records come on so many hundredths of the topics, chosen at random, and their readers commit.
    ///
    /// Returns what the commits write into `__consumer_offsets`, in order.
    package mutating func churn(percent: Int, at time: Int64) -> [OffsetsEntry] {
        let count = min(topics.count, max(percent > 0 ? 1 : 0, topics.count * percent / 100))
        var places = Array(topics.indices)
        var written: [OffsetsEntry] = []
        for index in 0..<count {
            places.swapAt(index, Int.random(in: index..<places.count, using: &random))
            let topic = places[index]
            topics[topic].append(at: time)
            for reader in readers[topic] { written.append(commits(of: groups[reader], on: topic, at: time)) }
        }
        return publish(written)
    }

    /// Counts what is written into the offsets topic.
    mutating func publish(_ written: [OffsetsEntry]) -> [OffsetsEntry] {
        for entry in written { ends[entry.owner] += Int64(entry.count) }
        return written
    }

    /// What compaction leaves of a partition of `__consumer_offsets`.
    func history(of owner: Int, at time: Int64) -> [OffsetsEntry] {
        groups.filter { $0.owner == owner }.flatMap { entries(of: $0, at: time) }
    }

    /// A group's generation and all its commits.
    func entries(of group: LoadGroup, at time: Int64) -> [OffsetsEntry] {
        [generation(of: group, at: time)] + group.topics.map { commits(of: group, on: $0, at: time) }
    }

    func commits(of group: LoadGroup, on place: Int, at time: Int64) -> OffsetsEntry {
        let topic = topics[place]
        return OffsetsEntry(
            owner: group.owner, time: time, group: group.id,
            content: .commits(
                .init(
                    topic: topic.name, partitions: topic.partitions, end: topic.end,
                    standing: group.stands(on: place) ? group.number : nil)))
    }

    func generation(of group: LoadGroup, at time: Int64) -> OffsetsEntry {
        OffsetsEntry(
            owner: group.owner, time: time, group: group.id,
            content: .generation(group, group.topics.map { topics[$0] }))
    }
}
