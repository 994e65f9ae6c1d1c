import ClusterAccess
import LagModel

/// Families about clusters, brokers and topics, in catalogue order.
extension KafkaRenderer {
    mutating func renderCluster() {
        eachCluster(Catalogue.clusterInfo) { snapshot, writer in
            writer.push(snapshot.clusterID ?? "")
            writer.push(snapshot.controller.map { "\($0)" } ?? "")
            writer.sample(1 as Int64)
        }
        eachCluster(Catalogue.brokerInfo) { snapshot, writer in
            for status in snapshot.brokers {
                let mark = writer.push(status.broker.id.rawValue)
                writer.push(status.broker.host)
                writer.push(status.broker.port)
                writer.push(status.broker.rack)
                writer.sample(1 as Int64)
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.brokerUp) { snapshot, writer in
            for status in snapshot.brokers {
                let mark = writer.push(status.broker.id.rawValue)
                writer.sample(status.isUp ? 1 : 0 as Int64)
                writer.pop(to: mark)
            }
        }
    }

    mutating func renderTopics() {
        eachTopic(Catalogue.topicPartitions) { topic, writer in
            if topic.partitionCount > 0 { writer.sample(Int64(topic.partitionCount)) }
        }
        eachTopic(Catalogue.partitionLogStartOffset) { topic, writer in
            writer.samples(of: topic.logStart)
        }
        eachTopic(Catalogue.partitionHighWatermark) { topic, writer in
            writer.samples(of: topic.highWatermark)
        }
        eachTopic(Catalogue.partitionLastStableOffset) { topic, writer in
            if let lastStable = topic.lastStable { writer.samples(of: lastStable) }
        }
        eachTopic(Catalogue.partitionLeaderless) { topic, writer in
            let leaders = topic.leaders
            writer.samples(count: leaders.count) { partition in leaders[partition] < 0 ? 1 : nil }
        }
        eachTopic(Catalogue.topicRecordsProduced) { topic, writer in
            writer.sample(topic.recordsProduced)
        }
    }
}

extension SampleWriter {
    /// One sample for each known offset of a column, by partition.
    fileprivate mutating func samples(of column: OffsetColumn) {
        let values = column.values
        samples(count: values.count) { partition in
            values[partition] == OffsetColumn.unknown ? nil : values[partition]
        }
    }

    /// One sample for each partition below `count` whose value is known.
    @inline(__always)
    fileprivate mutating func samples(count: Int, _ value: (Int) -> Int64?) {
        let mark = openLabel()
        samples(numbers: (0..<count).map { Int32(truncatingIfNeeded: $0) }, value)
        pop(to: mark)
    }
}
