import ClusterAccess
import LagModel

extension ClusterSnapshot {
    /// For each topic of the snapshot, by partition, the offsets at which groups have unread records: the
    /// commit, or the log start where that is later.
    func offsetsWithLag() -> [[Int32: Set<Int64>]] {
        var wanted = [[Int32: Set<Int64>]](repeating: [:], count: topics.count)
        for group in groups {
            for topic in group.topics {
                guard let index = topic.topicIndex, wanted.indices.contains(index) else { continue }
                for position in topic.partitions.indices {
                    guard let lag = lag(of: topic, at: position), lag.lag > 0 else { continue }
                    let partition = topic.partitions[position]
                    let start = topics[index].logStart[partition] ?? 0
                    wanted[index][partition, default: []].insert(max(topic.committed[position], start))
                }
            }
        }
        return wanted
    }
}
