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
            let mark = writer.openLabel()
            for (partition, leader) in topic.leaders.enumerated() where leader < 0 {
                writer.sample(number: Int32(truncatingIfNeeded: partition), 1)
            }
            writer.pop(to: mark)
        }
        eachTopic(Catalogue.topicRecordsProduced) { topic, writer in
            writer.sample(topic.recordsProduced)
        }
    }
}

extension SampleWriter {
    /// One sample for each known offset of a column, by partition.
    fileprivate mutating func samples(of column: OffsetColumn) {
        let mark = openLabel()
        let values = column.values
        for partition in values.indices where values[partition] != OffsetColumn.unknown {
            sample(number: Int32(truncatingIfNeeded: partition), values[partition])
        }
        pop(to: mark)
    }
}
