package import ClusterAccess

extension ScriptedSource {
    package func offsets(atTimes queries: [TopicTimes], leader: BrokerID) async -> TimeLookup {
        let call = Call(
            kind: .listOffsets, broker: leader, groups: [], offsets: nil,
            partitionCount: queries.reduce(0) { $0 + $1.partitions.count }, isByTime: true)
        do throws(ClusterError) {
            try await admit(call, operation: "list offsets by time")
        } catch {
            let failures = queries.flatMap {
                Self.failures(TopicPartitions(topic: $0.topic, partitions: $0.partitions), error)
            }
            return TimeLookup(failures: failures, requests: 1)
        }
        return withCluster { cluster in
            var reply = TimeLookup(requests: 1)
            for query in queries { cluster.answer(query, leader: leader, into: &reply) }
            return reply
        }
    }
}

extension ScriptedCluster {
    fileprivate func answer(_ query: TopicTimes, leader: BrokerID, into reply: inout TimeLookup) {
        var topic = TimeLookup.Topic(name: query.topic)
        let known = topics[query.topic]?.partitions ?? []
        for (id, time) in zip(query.partitions, query.times) {
            let index = Int(id.rawValue)
            let found = known.indices.contains(index) ? known[index] : nil
            if let found, found.leader == leader, found.error == nil, found.timeError == nil {
                let record = found.firstRecord(atLeast: time)
                topic.answers.append(
                    .init(
                        partition: id, offset: record?.offset,
                        timestamp: tellsTimestamps ? record?.timestamp : nil))
            } else {
                let reason: ClusterError.Reason = found == nil ? .unknownTopicOrPartition : .notLeader
                let error =
                    found?.error ?? found?.timeError
                    ?? ClusterError(reason, operation: "list offsets by time", broker: leader)
                reply.failures.append(PartitionFailure(topic: query.topic, partition: id, error: error))
            }
        }
        if !topic.answers.isEmpty { reply.topics.append(topic) }
    }
}

extension ScriptedCluster.Partition {
    /// What a broker answers: the first record in the log that is not older than `time`.
    package func firstRecord(atLeast time: Int64) -> (offset: Int64, timestamp: Int64)? {
        records.first { $0.timestamp >= time && $0.offset >= logStart && $0.offset < highWatermark }
    }
}
