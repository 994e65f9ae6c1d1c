/// Number of a broker, as `node.id` in its configuration; never negative.
package struct BrokerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(_ rawValue: Int32) { self.rawValue = rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package var description: String { "\(rawValue)" }
}

/// Number of a partition within its topic, from 0.
package struct PartitionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(_ rawValue: Int32) { self.rawValue = rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package var description: String { "\(rawValue)" }
}

/// Name of a topic; distinct from ``GroupID`` so that the two cannot be mixed up.
package struct TopicName: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible
{
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package init(stringLiteral value: String) { rawValue = value }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package var description: String { rawValue }
}

/// Name of a consumer group (`group.id`).
package struct GroupID: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package init(stringLiteral value: String) { rawValue = value }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package var description: String { rawValue }
}

/// Some partitions of one topic.
package struct TopicPartitions: Hashable, Sendable {
    package var topic: TopicName
    /// Free of duplicates: a partition asked twice in one request gets a wrong answer from librdkafka.
    package var partitions: [PartitionID]

    package init(topic: TopicName, partitions: [PartitionID]) {
        self.topic = topic
        self.partitions = partitions
    }
}
