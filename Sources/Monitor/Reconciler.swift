import ClusterAccess

/// Chooses groups whose commits are compared with what their coordinator says, and judges the comparison.
///
/// A pure value. Commits move while they are compared, so one difference means nothing: only what differs in
/// two comparisons in a row, with both sides standing still in between, is a difference.
struct Reconciler {
    /// When a group was compared last, or had its turn before it was met.
    private struct Turn {
        var id: GroupID
        var last: MonotonicTime
        /// The last comparison found a difference.
        var isSuspect = false
    }

    /// In the order in which groups came in the last round.
    private var turns: [Turn] = []
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

    /// Groups to compare in this round, ascending: suspects first, then those whose turn is longest due.
    ///
    /// At most `budget` for each broker. Turns are `interval` apart; the first one of a new group lies
    /// anywhere in it, by its name, so that groups that were found together are not due together. While the
    /// same groups come in the same order, no name is looked up.
    mutating func choose(
        among groups: some Sequence<(id: GroupID, broker: BrokerID)>, at now: MonotonicTime,
        interval: Duration, budget: Int
    ) -> [GroupID] {
        var queues = DueGroups(budget: budget)
        var others: [GroupID: Turn]?
        var count = 0
        for (id, broker) in groups {
            defer { count += 1 }
            var isNew = false
            if count >= turns.count || turns[count].id != id {
                if others == nil {
                    others = Dictionary(turns[count...].map { ($0.id, $0) }) { first, _ in first }
                    turns.removeSubrange(count...)
                }
                let known = others?.removeValue(forKey: id)
                isNew = known == nil
                let turn = Turn(
                    id: id, last: MonotonicTime(sinceOrigin: now.sinceOrigin - interval * Self.phase(of: id)))
                turns.append(known ?? turn)
            }
            if turns[count].isSuspect {
                queues.add(count, of: broker, since: Self.longAgo, turns) { $0.id }
            } else if !isNew, now - turns[count].last >= interval {
                queues.add(count, of: broker, since: turns[count].last, turns) { $0.id }
            }
        }
        for turn in others.map({ Array($0.values) }) ?? Array(turns[count...]) where turn.isSuspect {
            suspects[turn.id] = nil
        }
        if others == nil { turns.removeSubrange(count...) }
        let chosen = queues.places.sorted()
        for place in chosen { turns[place].last = now }
        return chosen.map { turns[$0].id }.sorted()
    }

    private static let longAgo = MonotonicTime(sinceOrigin: .seconds(Int64.min / 2))

    /// Remembers a difference, or that there is none.
    private mutating func suspect(_ id: GroupID, _ difference: Difference?) {
        suspects[id] = difference
        guard let place = turns.firstIndex(where: { $0.id == id }) else { return }
        turns[place].isSuspect = difference != nil
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
            if suspects[id] != nil { suspect(id, nil) }
            return .agrees
        }
        guard suspects[id] == difference else {
            suspect(id, difference)
            return .mayDiffer
        }
        suspect(id, nil)
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

/// The groups of each broker that have waited longest, as many as its budget allows.
private struct DueGroups {
    private struct Due {
        var place: Int
        var since: MonotonicTime
    }

    let budget: Int
    private var brokers: [BrokerID] = []
    /// Parallel to `brokers`; those that have waited longest first, by name where they have waited alike.
    private var queues: [[Due]] = []

    init(budget: Int) { self.budget = budget }

    var places: [Int] { queues.flatMap { $0.map(\.place) } }

    mutating func add<Element>(
        _ place: Int, of broker: BrokerID, since: MonotonicTime, _ elements: [Element],
        id: (Element) -> GroupID
    ) {
        guard budget > 0 else { return }
        let queue = queue(of: broker)
        func isBefore(_ other: Due) -> Bool {
            since != other.since ? since < other.since : id(elements[place]) < id(elements[other.place])
        }
        if queues[queue].count >= budget {
            guard let last = queues[queue].last, isBefore(last) else { return }
            queues[queue].removeLast()
        }
        let position = queues[queue].firstIndex(where: isBefore) ?? queues[queue].count
        queues[queue].insert(Due(place: place, since: since), at: position)
    }

    private mutating func queue(of broker: BrokerID) -> Int {
        if let known = brokers.firstIndex(of: broker) { return known }
        brokers.append(broker)
        queues.append([])
        return queues.count - 1
    }
}
