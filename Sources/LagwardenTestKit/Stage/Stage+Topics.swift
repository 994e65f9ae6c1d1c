extension Stage {
    /// Creates a topic and returns when all its partitions have leaders.
    ///
    /// `replicas` names the brokers of each partition and wins over `partitions` and `replicationFactor`.
    package func createTopic(
        _ topic: String, partitions: Int = 1, replicationFactor: Int = 1, configs: [String: String] = [:],
        replicas: [[Int]] = []
    ) async throws(StageError) {
        try await call(
            "createTopic",
            [
                "topic": .string(topic), "partitions": .integer(Int64(partitions)),
                "replicationFactor": .integer(Int64(replicationFactor)), "configs": .strings(configs),
                "replicas": .array(replicas.map { .array($0.map { .integer(Int64($0)) }) }),
            ])
    }

    package func deleteTopic(_ topic: String) async throws(StageError) {
        try await call("deleteTopic", ["topic": .string(topic)])
    }

    /// Names of all topics, internal ones among them, ascending.
    package func listTopics() async throws(StageError) -> [String] {
        try await call("listTopics").elements.compactMap(\.string).sorted()
    }

    /// Grows a topic to `total` partitions.
    package func addPartitions(_ topic: String, total: Int) async throws(StageError) {
        try await call("addPartitions", ["topic": .string(topic), "partitions": .integer(Int64(total))])
    }

    /// Deletes all records before an offset; returns the new log start.
    @discardableResult
    package func deleteRecords(
        _ topic: String, _ partition: Int32 = 0, before offset: Int64
    ) async throws(StageError) -> Int64 {
        let answer = try await call(
            "deleteRecords",
            [
                "topic": .string(topic), "partition": .integer(Int64(partition)), "before": .integer(offset),
            ])
        return answer.integer ?? -1
    }

    /// Log start of each partition, ascending.
    package func startOffsets(_ topic: String) async throws(StageError) -> [Int64] {
        try await offsets(topic, kind: "start")
    }

    /// High watermark of each partition, ascending.
    package func endOffsets(_ topic: String) async throws(StageError) -> [Int64] {
        try await offsets(topic, kind: "end")
    }

    /// Last stable offset of each partition, ascending.
    package func stableOffsets(_ topic: String) async throws(StageError) -> [Int64] {
        try await offsets(topic, kind: "stable")
    }

    /// Leaders and replicas of a topic, ascending by partition.
    package func describeTopic(_ topic: String) async throws(StageError) -> [StagePartition] {
        let rows = try await call("describeTopic", ["topic": .string(topic)]).elements
        return rows.map { row in
            let leader = row["leader"].integer ?? -1
            return StagePartition(
                partition: Int32(clamping: row["partition"].integer ?? -1),
                leader: leader < 0 ? nil : Int32(clamping: leader),
                replicas: row["replicas"].elements.map { Int32(clamping: $0.integer ?? -1) },
                inSync: row["inSync"].elements.map { Int32(clamping: $0.integer ?? -1) })
        }
    }

    /// Makes a broker the leader of a partition, as its replica if it is none yet.
    ///
    /// The brokers hear of it one after the other; wait for it with ``Eventually`` where that matters.
    package func moveLeader(_ topic: String, _ partition: Int32, to broker: Int) async throws(StageError) {
        try await call(
            "moveLeader",
            [
                "topic": .string(topic), "partition": .integer(Int64(partition)),
                "broker": .integer(Int64(broker)),
            ])
    }

    /// Makes a broker the coordinator of a group; returns the partition of `__consumer_offsets` that moved.
    ///
    /// The new coordinator loads the group after that; wait for it with ``Eventually``.
    @discardableResult
    package func moveCoordinator(of group: String, to broker: Int) async throws(StageError) -> Int32 {
        let answer = try await call(
            "moveCoordinator", ["group": .string(group), "broker": .integer(Int64(broker))])
        return Int32(clamping: answer.integer ?? -1)
    }

    /// The cluster's id and its live brokers.
    package func describeCluster() async throws(StageError) -> (id: String, brokers: [Int]) {
        let answer = try await call("cluster")
        return (answer["id"].string ?? "", answer["brokers"].elements.map { Int($0.integer ?? -1) })
    }

    /// Connects a client of its own through any listener with any properties and lists the topics it may see.
    @discardableResult
    package func connect(
        bootstrap: String, properties: [String: String]
    ) async throws(StageError) -> [String] {
        let answer = try await call(
            "connect", ["bootstrap": .string(bootstrap), "properties": .strings(properties)])
        return answer.elements.compactMap(\.string)
    }

    private func offsets(_ topic: String, kind: String) async throws(StageError) -> [Int64] {
        let rows = try await call("offsets", ["topic": .string(topic), "kind": .string(kind)]).elements
        return rows.map { PartitionOffset($0) }.sorted { $0.partition < $1.partition }.map(\.offset)
    }
}
