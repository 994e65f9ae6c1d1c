import ClusterAccess

/// Chooses groups whose commits are compared with what their coordinator says, and judges the comparison.
///
/// A pure value. Commits move while they are compared, so one difference means nothing: only what differs in
/// two comparisons in a row, with both sides standing still in between, is a difference.
struct Reconciler {
    private var checked: [GroupID: MonotonicTime] = [:]
    private var suspects: [GroupID: Difference] = [:]
    private(set) var comparisons: Int64 = 0
    private(set) var differences: Int64 = 0

    /// What the two sides said of one group.
    private struct Difference: Hashable {
        var followed: [TopicName: [PartitionID: Int64]]
        var told: [TopicName: [PartitionID: Int64]]
    }

    enum Verdict: Equatable {
        case agrees
        /// They differ, perhaps because a commit was made in between: to be compared again in the next round.
        case mayDiffer
        case differs
    }

    /// Groups to compare in this round: suspects first, then those whose turn is longest due.
    ///
    /// At most `budget` for each broker. Turns are `interval` apart; the first one of a new group lies
    /// anywhere in it, by its name, so that groups that were found together are not due together.
    mutating func choose(
        among groups: [(id: GroupID, broker: BrokerID)], at now: MonotonicTime, interval: Duration,
        budget: Int
    ) -> [GroupID] {
        let known = Set(groups.lazy.map(\.id))
        checked = checked.filter { known.contains($0.key) }
        suspects = suspects.filter { known.contains($0.key) }
        var due: [(id: GroupID, broker: BrokerID, last: MonotonicTime)] = []
        for (id, broker) in groups {
            if suspects[id] != nil {
                due.append((id, broker, MonotonicTime(sinceOrigin: .seconds(Int64.min / 2))))
                continue
            }
            guard let last = checked[id] else {
                checked[id] = MonotonicTime(sinceOrigin: now.sinceOrigin - interval * Self.phase(of: id))
                continue
            }
            if now - last >= interval { due.append((id, broker, last)) }
        }
        due.sort { ($0.last, $0.id) < ($1.last, $1.id) }
        var spent: [BrokerID: Int] = [:]
        var chosen: [GroupID] = []
        for entry in due where spent[entry.broker, default: 0] < budget {
            spent[entry.broker, default: 0] += 1
            checked[entry.id] = now
            chosen.append(entry.id)
        }
        return chosen
    }

    /// Compares one group; `isVisible` says whether the coordinator would tell of a topic.
    ///
    /// Partitions that the coordinator names with an error, and topics that this user may not see, are left
    /// out.
    mutating func compare(
        _ id: GroupID, followed: CommittedOffsets, told: CommittedOffsets, isVisible: (TopicName) -> Bool
    ) -> Verdict {
        comparisons += 1
        var difference = Difference(
            followed: Self.table(followed).filter { isVisible($0.key) },
            told: Self.table(told).filter { isVisible($0.key) })
        for failure in told.failures { difference.followed[failure.topic]?[failure.partition] = nil }
        difference.followed = difference.followed.filter { !$0.value.isEmpty }
        guard difference.followed != difference.told else {
            suspects[id] = nil
            return .agrees
        }
        guard suspects[id] == difference else {
            suspects[id] = difference
            return .mayDiffer
        }
        suspects[id] = nil
        differences += 1
        return .differs
    }

    private static func table(_ offsets: CommittedOffsets) -> [TopicName: [PartitionID: Int64]] {
        Dictionary(
            offsets.topics.map { topic in
                (topic.name, Dictionary(zip(topic.partitions, topic.offsets)) { _, last in last })
            }
        ) { _, last in last }
    }

    /// A number in 0..<1 that follows from the name.
    private static func phase(of id: GroupID) -> Double {
        var hash: UInt32 = 2_166_136_261
        for byte in id.rawValue.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Double(hash) / 4_294_967_296
    }
}
