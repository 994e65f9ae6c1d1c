import ClusterAccess
import LagModel

extension ClusterSnapshot {
    /// For each topic, ascending by partition, the offsets at which groups have unread records, ascending:
    /// the commit, or the log start where that is later.
    func placesWithLag() -> [[(partition: Int32, offsets: [Int64])]] {
        var found = [[Place]](repeating: [], count: topics.count)
        for group in groups {
            for topic in group.topics {
                guard let index = topic.topicIndex, topics.indices.contains(index),
                    topic.totals.lag != 0 || topic.totals.unknownPartitions > 0
                else { continue }
                for position in topic.partitions.indices {
                    guard let lag = lag(of: topic, at: position), lag.lag > 0 else { continue }
                    let partition = topic.partitions[position]
                    let start = topics[index].logStart[partition] ?? 0
                    found[index].append(
                        Place(partition: partition, offset: max(topic.committed[position], start)))
                }
            }
        }
        return found.map { places in
            var result: [(partition: Int32, offsets: [Int64])] = []
            for place in places.sorted() {
                if result.last?.partition != place.partition {
                    result.append((place.partition, [place.offset]))
                } else if result[result.count - 1].offsets.last != place.offset {
                    result[result.count - 1].offsets.append(place.offset)
                }
            }
            return result
        }
    }
}

/// One group's place in one partition.
private struct Place: Comparable {
    var partition: Int32
    var offset: Int64

    static func < (left: Self, right: Self) -> Bool {
        (left.partition, left.offset) < (right.partition, right.offset)
    }
}
