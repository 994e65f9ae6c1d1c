package import ClusterAccess

/// Decides how many records each partition gets at each step; pure, with time and seed passed in.
package struct ProductionScript: Sendable {
    private let topics: [TopicPart]
    private var dice: Dice
    /// Records written so far, by topic and partition.
    package private(set) var produced: [TopicName: [Int64]] = [:]
    /// Records for which a place was chosen, by topic.
    private var totals: [TopicName: Int64] = [:]

    package init(topics: [TopicPart], seed: UInt64) {
        self.topics = topics
        dice = Dice(seed: seed)
        for topic in topics { produced[topic.name] = Array(repeating: 0, count: topic.partitions) }
    }

    /// Records for one partition.
    package struct Batch: Hashable, Sendable {
        package var topic: TopicName
        package var partition: PartitionID
        package var count: Int
    }

    /// What is to be written between the last step and `time`.
    package mutating func advance(to time: Duration) -> [Batch] {
        var batches: [Batch] = []
        for topic in topics where topic.partitions > 0 {
            let due = Int64(topic.recordsPerSecond) * time.wholeMilliseconds / 1_000
            var counts = Array(repeating: 0, count: topic.partitions)
            for _ in 0..<max(0, due - totals[topic.name, default: 0]) {
                counts[dice.roll(topic.partitions)] += 1
            }
            totals[topic.name] = max(due, totals[topic.name, default: 0])
            for (partition, count) in zip(topic.partitionIDs, counts) where count > 0 {
                produced[topic.name]?[Int(partition.rawValue)] += Int64(count)
                batches.append(Batch(topic: topic.name, partition: partition, count: count))
            }
        }
        return batches
    }
}

/// The same numbers for the same seed: a 64-bit linear congruential generator, good enough for dice.
struct Dice: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number from 0 below `sides`; `sides` is positive.
    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % max(1, sides)
    }
}

extension Duration {
    var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
