import ClusterAccess
import LagModel

/// Which groups have unread records in each topic of a snapshot, or may have some.
struct LagReaders {
    private struct Reader {
        /// Position in the snapshot's groups.
        var group: Int32
        /// Position in that group's topics.
        var place: Int32
        /// Position of the topic in the snapshot.
        var topic: Int32
    }

    /// By topic, and in the order of groups for each.
    private var readers: [Reader] = []
    /// Where the readers of each topic begin, and where the last ones end.
    private var starts: [Int]

    /// Tells `note` of each reader too: its group, its place in there, and the topic, by their positions.
    init(
        _ snapshot: ClusterSnapshot, note: (_ group: Int, _ place: Int, _ topic: Int) -> Void = { _, _, _ in }
    ) {
        starts = Array(repeating: 0, count: snapshot.topics.count + 1)
        var found: [Reader] = []
        for group in snapshot.groups.indices where snapshot.groups[group].totals?.lag != 0 {
            for place in snapshot.groups[group].topics.indices {
                guard let topic = snapshot.groups[group].topics[place].topicIndex,
                    snapshot.topics.indices.contains(topic)
                else { continue }
                let totals = snapshot.groups[group].topics[place].totals
                guard totals.lag != 0 || totals.unknownPartitions > 0, totals.partitions > 0 else { continue }
                found.append(
                    Reader(
                        group: Int32(clamping: group), place: Int32(clamping: place),
                        topic: Int32(clamping: topic)))
                starts[topic + 1] += 1
                note(group, place, topic)
            }
        }
        for topic in snapshot.topics.indices { starts[topic + 1] += starts[topic] }
        guard let first = found.first else { return }
        readers = Array(repeating: first, count: found.count)
        var next = starts
        for reader in found {
            readers[next[Int(reader.topic)]] = reader
            next[Int(reader.topic)] += 1
        }
    }

    /// How many groups there are for a topic.
    func count(of topic: Int) -> Int { starts[topic + 1] - starts[topic] }

    /// The places of these groups in a topic.
    func places(in topic: Int, of snapshot: ClusterSnapshot) -> LagPlaces {
        var places = LagPlaces()
        let (starts, ends) = (snapshot.topics[topic].logStart, snapshot.topics[topic].highWatermark)
        for reader in readers[self.starts[topic]..<self.starts[topic + 1]] {
            places.add(
                snapshot.groups[Int(reader.group)].topics[Int(reader.place)], starts: starts, ends: ends)
        }
        places.arrange()
        return places
    }
}

/// The offsets at which groups have unread records in one topic: the commit, or the log start where that is
/// later.
struct LagPlaces {
    private struct Place: Comparable {
        var partition: Int32
        var offset: Int64

        static func < (left: Self, right: Self) -> Bool {
            (left.partition, left.offset) < (right.partition, right.offset)
        }
    }

    /// Ascending once they are arranged, each once.
    private var places: [Place] = []

    fileprivate mutating func add(_ topic: GroupTopicSnapshot, starts: OffsetColumn, ends: OffsetColumn) {
        for (position, partition) in topic.partitions.enumerated() {
            guard let start = starts[partition], let end = ends[partition] else { continue }
            let offset = topic.committed[position]
            guard PartitionLag(committed: offset, logStart: start, end: end).lag > 0 else { continue }
            places.append(Place(partition: partition, offset: max(offset, start)))
        }
    }

    fileprivate mutating func arrange() {
        if zip(places, places.dropFirst()).allSatisfy({ $0 < $1 }) { return }
        places.sort()
        var kept = 0
        for place in places where kept == 0 || places[kept - 1] != place {
            places[kept] = place
            kept += 1
        }
        places.removeLast(places.count - kept)
    }

    /// Tells of each partition with its offsets, ascending both.
    func forEachPartition(_ body: (_ partition: Int32, _ offsets: [Int64]) -> Void) {
        var start = 0
        while start < places.count {
            var end = start + 1
            while end < places.count, places[end].partition == places[start].partition { end += 1 }
            body(places[start].partition, places[start..<end].map(\.offset))
            start = end
        }
    }
}
