import CRdKafka
import ClusterAccess
import Glibc

/// A list of partitions that we own (`rd_kafka_topic_partition_list_t`).
@safe
struct PartitionList: ~Copyable {
    let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// An empty list with room for `capacity` partitions.
    init(capacity: Int) {
        unsafe raw = unsafe rd_kafka_topic_partition_list_new(Int32(clamping: capacity))
    }

    deinit { unsafe rd_kafka_topic_partition_list_destroy(raw) }

    /// Appends one partition; the caller sees to it that none comes twice.
    func append(_ topic: TopicName, _ partition: PartitionID, offset: Int64) {
        let added = unsafe rd_kafka_topic_partition_list_add(raw, topic.rawValue, partition.rawValue)
        if let added = unsafe added { unsafe added.pointee.offset = offset }
    }

    /// Appends partitions of one topic, each with the offset given for it, as the one above does; the name is
    /// handed over once.
    func append(_ topic: TopicPartitions, offset: (PartitionID) -> Int64) {
        unsafe topic.topic.rawValue.withCString { name in
            for partition in topic.partitions {
                let added = unsafe rd_kafka_topic_partition_list_add(raw, name, partition.rawValue)
                if let added = unsafe added { unsafe added.pointee.offset = offset(partition) }
            }
        }
    }

    /// Elements as librdkafka left them, in order, valid while the list lives.
    var elements: UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        unsafe UnsafeBufferPointer(start: raw.pointee.elems, count: Int(raw.pointee.cnt))
    }
}

/// Reads borrowed lists without making a string per partition.
enum PartitionLists {
    /// Calls `topic` where a new run of one topic's elements begins, and `element` for every element.
    static func walk(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?,
        topic startTopic: (TopicName) -> Void,
        element visit: (rd_kafka_topic_partition_t) -> Void
    ) {
        guard let list = unsafe list else { return }
        let elements = unsafe UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
        var previous: UnsafePointer<CChar>?
        for index in elements.indices {
            let element = unsafe elements[index]
            let name = unsafe UnsafePointer(element.topic)
            if unsafe !sameText(name, previous) {
                unsafe startTopic(TopicName(NativeText.string(name)))
                unsafe previous = unsafe name
            }
            unsafe visit(element)
        }
    }

    /// The list as topics with their partitions, each topic once.
    static func topics(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?
    ) -> [TopicPartitions] {
        var topics: [TopicPartitions] = []
        var indices: [TopicName: Int] = [:]
        var current = 0
        unsafe walk(list) { name in
            if let known = indices[name] {
                current = known
            } else {
                current = topics.count
                indices[name] = current
                topics.append(TopicPartitions(topic: name, partitions: []))
            }
        } element: { element in
            unsafe topics[current].partitions.append(PartitionID(element.partition))
        }
        return topics
    }

    private static func sameText(_ left: UnsafePointer<CChar>?, _ right: UnsafePointer<CChar>?) -> Bool {
        guard let left = unsafe left, let right = unsafe right else { return false }
        return unsafe left == right || strcmp(left, right) == 0
    }
}
