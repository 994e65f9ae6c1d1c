import ClusterAccess
import LagModel

/// One group as Burrow's answers show it: its partitions with their owners, commits and verdicts.
struct BurrowGroup {
    let group: GroupSnapshot
    let snapshot: ClusterSnapshot
    private let owners: [Place: GroupMember]

    private struct Place: Hashable {
        var topic: TopicName
        var partition: PartitionID
    }

    init(_ group: GroupSnapshot, in snapshot: ClusterSnapshot) {
        self.group = group
        self.snapshot = snapshot
        var owners: [Place: GroupMember] = [:]
        for member in group.members?.members ?? [] {
            for share in member.assignment {
                for partition in share.partitions {
                    owners[Place(topic: share.topic, partition: partition)] = member
                }
            }
        }
        self.owners = owners
    }

    /// `/status` shows what is worse than OK, `/lag` all partitions whose lag is known.
    func status(showsAll: Bool, window: Duration) -> BurrowAnswer.Status {
        var partitions: [BurrowAnswer.Partition] = []
        for topic in group.topics {
            for position in topic.partitions.indices {
                let isOK = topic.status(at: position) == .ok
                guard showsAll || !isOK, let found = partition(topic, position, window) else { continue }
                partitions.append(found)
            }
        }
        let evaluation = group.evaluation
        let most = evaluation?.mostLag.flatMap { place in
            group.topics.indices.contains(place.topic)
                ? partition(group.topics[place.topic], place.position, window) : nil
        }
        return BurrowAnswer.Status(
            cluster: snapshot.cluster, group: group.id.rawValue,
            status: (evaluation?.status ?? .notFound).rawValue, complete: evaluation?.complete ?? 0,
            partitions: partitions, partitionCount: evaluation?.partitions ?? 0, maxlag: .init(most),
            totallag: .init(group.totals?.lag))
    }

    /// What there is to say of a group that does not exist.
    static func missing(_ name: String, cluster: String) -> BurrowAnswer.Status {
        BurrowAnswer.Status(
            cluster: cluster, group: name, status: GroupStatus.notFound.rawValue, complete: 1,
            partitions: [], partitionCount: 0, maxlag: .init(nil), totallag: .init(0))
    }

    /// Each topic's partitions by their numbers; those without a commit have no offsets.
    var readers: [String: [BurrowAnswer.Reader]] {
        var readers: [String: [BurrowAnswer.Reader]] = [:]
        for topic in group.topics {
            guard let last = topic.partitions.last, last >= 0, last < Self.partitionsMax else { continue }
            var column = (0...last).map { number in
                BurrowAnswer.Reader(
                    offsets: [], owner: owner(topic, number)?.host ?? "",
                    clientID: owner(topic, number)?.clientID ?? "", currentLag: .init(nil))
            }
            for (position, number) in topic.partitions.enumerated() {
                guard column.indices.contains(Int(number)) else { continue }
                let offsets = topic.commitsSeen(at: position)
                let missing = max(0, Self.offsetsMax - offsets.count)
                column[Int(number)].offsets = Array(repeating: nil, count: missing) + offsets
                column[Int(number)].currentLag = .init(snapshot.lag(of: topic, at: position)?.lag)
            }
            readers[topic.name.rawValue] = column
        }
        return readers
    }

    /// More partitions than any topic has; a commit on one beyond it is not padded up to.
    private static let partitionsMax: Int32 = 1_000_000
    /// Rounds that a history has at most.
    private static let offsetsMax = 13

    private func owner(_ topic: GroupTopicSnapshot, _ partition: Int32) -> GroupMember? {
        owners[Place(topic: topic.name, partition: PartitionID(partition))]
    }

    /// `nil` while the lag is unknown: there is no number to show.
    private func partition(
        _ topic: GroupTopicSnapshot, _ position: Int, _ window: Duration
    ) -> BurrowAnswer.Partition? {
        guard topic.partitions.indices.contains(position),
            let lag = snapshot.lag(of: topic, at: position)?.lag
        else { return nil }
        let number = topic.partitions[position]
        let offsets = topic.commitsSeen(at: position)
        let owner = owner(topic, number)
        return BurrowAnswer.Partition(
            topic: topic.name.rawValue, partition: number, owner: owner?.host ?? "",
            clientID: owner?.clientID ?? "",
            status: topic.status(at: position)?.name ?? GroupStatus.notFound.rawValue,
            start: .init(offsets.first), end: .init(offsets.last), currentLag: lag,
            complete: topic.share(
                of: window, at: position, now: snapshot.endOffsetsRead.monotonic))
    }
}

extension GroupTopicSnapshot {
    /// What was found of a partition; `nil` where nothing can be said.
    func status(at position: Int) -> PartitionStatus? {
        statuses.indices.contains(position) ? statuses[position] : nil
    }

    /// The commits that rounds of the window saw, each once, with the lag of the first round that saw it.
    func commitsSeen(at position: Int) -> [BurrowAnswer.Offset] {
        guard partitions.indices.contains(position) else { return [] }
        let partition = partitions[position]
        // Newest first, as histories tell it; what frames share is told by the oldest of them.
        var seen: [BurrowAnswer.Offset] = []
        var last: (offset: Int64, time: Int64)?
        history.forEachCommit(of: partition, hint: position) { number, offset, time in
            let frame = history.frames[number]
            if let last, last.offset == offset, last.time == time { seen.removeLast() }
            last = (offset, time)
            let observed = frame.moment.wall.millisecondsSince1970
            seen.append(
                BurrowAnswer.Offset(
                    offset: offset,
                    timestamp: CommitTimeColumn.time(time)?.millisecondsSince1970 ?? observed,
                    observedAt: observed,
                    lag: .init(frame.lag(of: partition, committed: offset))))
        }
        return seen.reversed()
    }

    /// How much of the window the partition's past is known for at `now`, 0 to 1.
    func share(of window: Duration, at position: Int, now: MonotonicTime) -> Double {
        guard partitions.indices.contains(position), window > .zero,
            let first = history.samples(at: now).first(where: {
                history.frames[$0.frame].position(of: partitions[position], hint: position) != nil
            })
        else { return 0 }
        return min(1, (now - first.time).seconds / window.seconds)
    }
}

extension CommitHistory.Frame {
    /// Lag as of this round; `nil` when the log was unknown.
    fileprivate func lag(of partition: Int32, committed: Int64) -> Int64? {
        guard let start = logStart?[partition], let end = highWatermark?[partition] else { return nil }
        return PartitionLag(committed: committed, logStart: start, end: end).lag
    }
}

extension WallTime {
    /// As Burrow writes times; the nanoseconds are cut off.
    fileprivate var millisecondsSince1970: Int64 { nanosecondsSince1970 / 1_000_000 }
}
