import ClusterAccess
import LagModel

/// What the evaluation says of a group, as the JSON API shows it.
struct GroupEvaluationAnswer: Encodable {
    /// `OK`, `WARN`, `ERR` or `NOTFOUND`; left out while partitions that cannot be judged leave it open.
    var status: String?
    /// Share of the partitions, 0 to 1, whose past is known for the whole window.
    var complete: Double
    /// Partitions of which nothing can be said.
    var unjudgedPartitions: Int
    /// Partitions by status, those without any with 0.
    var partitions: [String: Int]
    /// The partition with the worst status, of several the one with the most lag.
    var worst: Partition?

    struct Partition: Encodable {
        var topic: String
        var partition: Int32
        var status: String
        var lag: Int64?
    }

    /// `nil` where nothing was evaluated.
    init?(of group: GroupSnapshot, in snapshot: ClusterSnapshot) {
        guard let evaluation = group.evaluation else { return nil }
        status = evaluation.status?.rawValue
        complete = evaluation.complete
        unjudgedPartitions = evaluation.unjudged
        partitions = Dictionary(
            uniqueKeysWithValues: PartitionStatus.allCases.map { ($0.name, evaluation.counts[$0] ?? 0) })
        guard let place = evaluation.worst, group.topics.indices.contains(place.topic) else { return }
        let topic = group.topics[place.topic]
        guard topic.partitions.indices.contains(place.position),
            topic.statuses.indices.contains(place.position), let found = topic.statuses[place.position]
        else { return }
        worst = Partition(
            topic: topic.name.rawValue, partition: topic.partitions[place.position], status: found.name,
            lag: snapshot.lag(of: topic, at: place.position)?.lag)
    }
}
