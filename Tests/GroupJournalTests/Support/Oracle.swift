import ClusterAccess
import LagModel

/// Counts again what a story means, looking back over the whole story for each record.
struct Oracle {
    /// One group as it must be at the end.
    struct Group: Hashable {
        var number: Int32?
        var rebalances: Int64 = 0
        var classicDurations: Int64 = 0
        var committed: [String: [Int32: Int64]] = [:]
        /// Without the times of commits.
        var topics: [String: TopicActivity] = [:]
    }

    private(set) var groups: [String: Group] = [:]
    private(set) var removed: Int64 = 0

    init(_ events: [Event], historyEnd: Int) {
        for name in Set(events.map(\.group)) {
            let (group, removed) = Self.follow(name, events, historyEnd)
            if let group { groups[name] = group }
            self.removed += removed
        }
    }

    private static func follow(
        _ name: String, _ events: [Event], _ historyEnd: Int
    ) -> (Group?, removed: Int64) {
        var group = Group()
        var removed: Int64 = 0
        // Number with its protocol, where its records stand, and where it ended if it did.
        var number: (kind: Event.Kind, value: Int32, end: Int?)?
        var members: [Event.Kind: Set<String>] = [:]
        var leftAt = -1
        var wasThere = false
        for (index, event) in events.enumerated() where event.group == name {
            let isLive = index >= historyEnd
            switch event.meaning {
            case .number(let kind, let value, let count):
                var base: Int32?
                if let known = number {
                    let isSameWrite =
                        known.kind != kind
                        && known.end.map { end in
                            events[end...index].allSatisfy {
                                $0.group == name && $0.time == event.time
                            }
                        } ?? false
                    if known.end == nil || isSameWrite { base = known.value }
                }
                var steps = kind == .classic ? Int64(value) : 1
                if let base, base <= value { steps = Int64(value) - Int64(base) }
                number = (kind, value, nil)
                if kind == .classic { members[.classic] = Set((0..<count).map(String.init)) }
                if isLive {
                    group.rebalances += steps
                    if kind == .classic, steps > 0, count > 0 { group.classicDurations += 1 }
                }
            case .numberEnds(let kind):
                if number?.kind == kind, number?.end == nil {
                    number?.end = index
                    leftAt = index
                }
            case .member(let id): members[.consumer, default: []].insert(id)
            case .memberGone(let id): members[.consumer]?.remove(id)
            case .commit(let topic, let partition, let offset):
                let isMemberless =
                    number.map { $0.end == nil && members[$0.kind, default: []].isEmpty } ?? false
                group.commit(topic, partition, offset, isLive: isLive, isMemberless: isMemberless)
            case .commitGone(let topic, let partition):
                if group.committed[topic]?.removeValue(forKey: partition) != nil {
                    leftAt = index
                    if isLive { group.topics[topic]?.removals += 1 }
                }
            case .detail: break
            }
            let isThere =
                number.map { $0.end == nil } ?? false || group.committed.values.contains { !$0.isEmpty }
            wasThere = wasThere || isThere
            let isEndOfWrite =
                index + 1 == events.count || events[index + 1].group != name
                || events[index + 1].time != event.time
            if isEndOfWrite, wasThere, !isThere {
                if leftAt >= historyEnd { removed += 1 }
                (group, number, wasThere) = (Group(), nil, false)
            }
        }
        if let number, number.end == nil { group.number = number.value }
        return (wasThere ? group : nil, removed)
    }
}

extension Oracle.Group {
    fileprivate mutating func commit(
        _ topic: String, _ partition: Int32, _ offset: Int64, isLive: Bool, isMemberless: Bool
    ) {
        var counts = topics[topic] ?? TopicActivity(name: TopicName(topic))
        if isLive {
            counts.commits += 1
            if let before = committed[topic]?[partition] {
                if offset < before {
                    counts.resetsBackward += 1
                    counts.rewoundRecords += before - offset
                } else if offset > before, isMemberless {
                    counts.resetsForward += 1
                    counts.skippedRecords += offset - before
                }
            }
        }
        topics[topic] = counts
        committed[topic, default: [:]][partition] = offset
    }
}
