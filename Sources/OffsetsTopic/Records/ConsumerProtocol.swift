package import ClusterAccess

/// What a member of a classic consumer group wants to read (ConsumerProtocolSubscription, versions 0-3).
package struct ConsumerSubscription: Hashable, Sendable {
    package var topics: [TopicName]
    package var userData: [UInt8]?
    /// From version 1 on: what a cooperative member still holds.
    package var owned: [TopicPartitions]
    /// From version 2 on; `nil` where unknown.
    package var generation: Int32?
    /// From version 3 on.
    package var rack: String?

    package init(
        topics: [TopicName], userData: [UInt8]? = nil, owned: [TopicPartitions] = [],
        generation: Int32? = nil, rack: String? = nil
    ) {
        self.topics = topics
        self.userData = userData
        self.owned = owned
        self.generation = generation
        self.rack = rack
    }

    /// Reads a blob; `nil` when it is of an unknown version or damaged.
    ///
    /// Trailing bytes are ignored.
    package init?(decoding blob: [UInt8]) {
        var reader = WireReader(blob[...])
        do throws(WireError) {
            let version = try reader.int16()
            guard (0...3).contains(version) else { return nil }
            topics = try reader.array(elementBytesMin: 2) { reader throws(WireError) in
                TopicName(try reader.string())
            }
            userData = try reader.nullableBytes()
            owned = version >= 1 ? try reader.topicPartitions() : []
            if version >= 2 {
                let generation = try reader.int32()
                self.generation = generation < 0 ? nil : generation
            }
            rack = version >= 3 ? try reader.nullableString() : nil
        } catch {
            return nil
        }
    }

    /// Version 3.
    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.integer(Int16(3))
        writer.array(topics) { writer, topic in writer.string(topic.rawValue) }
        writer.data(userData)
        writer.topicPartitions(owned)
        writer.integer(generation ?? -1)
        writer.string(rack)
        return writer.bytes
    }
}

/// What a member of a classic consumer group was given (ConsumerProtocolAssignment, versions 0-3).
package struct ConsumerAssignment: Hashable, Sendable {
    package var partitions: [TopicPartitions]
    package var userData: [UInt8]?

    package init(partitions: [TopicPartitions], userData: [UInt8]? = nil) {
        self.partitions = partitions
        self.userData = userData
    }

    /// Reads a blob; `nil` when it is of an unknown version or damaged.
    ///
    /// Trailing bytes are ignored.
    package init?(decoding blob: [UInt8]) {
        var reader = WireReader(blob[...])
        do throws(WireError) {
            let version = try reader.int16()
            guard (0...3).contains(version) else { return nil }
            partitions = try reader.topicPartitions()
            userData = try reader.nullableBytes()
        } catch {
            return nil
        }
    }

    /// Version 3.
    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.integer(Int16(3))
        writer.topicPartitions(partitions)
        writer.data(userData)
        return writer.bytes
    }
}

extension WireReader {
    fileprivate mutating func topicPartitions() throws(WireError) -> [TopicPartitions] {
        try array(elementBytesMin: 6) { reader throws(WireError) in
            TopicPartitions(
                topic: TopicName(try reader.string()),
                partitions: try reader.array(elementBytesMin: 4) { reader throws(WireError) in
                    PartitionID(try reader.int32())
                })
        }
    }
}

extension WireWriter {
    fileprivate mutating func topicPartitions(_ topics: [TopicPartitions]) {
        array(topics) { writer, topic in
            writer.string(topic.topic.rawValue)
            writer.array(topic.partitions) { writer, partition in writer.integer(partition.rawValue) }
        }
    }
}
