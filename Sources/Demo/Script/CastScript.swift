package import ClusterAccess

/// The whole play for the embedded cluster: what is written, committed and rebalanced at each step; pure.
package struct CastScript: Sendable {
    package let cast: Cast
    package private(set) var production: ProductionScript
    package private(set) var groups: [GroupScript]
    /// First readable offset by topic and partition, as far as it was told.
    private var logStarts: [TopicName: [Int64]] = [:]

    package init(cast: Cast, seed: UInt64) {
        self.cast = cast
        production = ProductionScript(topics: cast.topics, seed: seed)
        groups = cast.groups.map { part in
            GroupScript(part: part, partitions: cast.topic(part.topic)?.partitions ?? 0)
        }
        for topic in cast.topics { logStarts[topic.name] = Array(repeating: 0, count: topic.partitions) }
    }

    /// What happens in one step; records are to be written before the commits, which never lie beyond them.
    package struct Step: Sendable {
        package var batches: [ProductionScript.Batch] = []
        package var groups: [GroupStep] = []
    }

    /// What one group writes to `__consumer_offsets` in a step.
    package struct GroupStep: Sendable {
        package var part: GroupPart
        package var commits: [GroupScript.Step.Commit]
        /// Number and members of a new generation; `nil` while the old one stands.
        package var generation: Generation?
    }

    package struct Generation: Sendable {
        package var number: Int32
        package var members: [GroupScript.Member]
    }

    /// Tells where a log begins now; groups that read go on there.
    package mutating func noteLogStart(_ topic: TopicName, _ partition: PartitionID, _ offset: Int64) {
        guard let count = logStarts[topic]?.count, (0..<count).contains(Int(partition.rawValue)) else {
            return
        }
        logStarts[topic]?[Int(partition.rawValue)] = offset
    }

    /// Plays from the last step to `time`; groups read what was written before this step.
    package mutating func advance(to time: Duration) -> Step {
        let ends = production.produced
        var step = Step(batches: production.advance(to: time))
        for index in groups.indices {
            let part = groups[index].part
            let result = groups[index].advance(
                to: time, plan: cast.members(of: part, at: time), logStarts: logStarts[part.topic] ?? [],
                logEnds: ends[part.topic] ?? [])
            guard result.isNewGeneration || !result.commits.isEmpty else { continue }
            var group = GroupStep(part: part, commits: result.commits)
            if result.isNewGeneration {
                group.generation = Generation(
                    number: groups[index].generation, members: groups[index].members)
            }
            step.groups.append(group)
        }
        return step
    }
}
