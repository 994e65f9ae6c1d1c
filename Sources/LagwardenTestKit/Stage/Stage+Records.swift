extension Stage {
    /// Produces records of `size` bytes and returns the last one's offset.
    ///
    /// With `timestamp` (milliseconds since 1970) record i has timestamp + i · step, otherwise the time of
    /// sending.
    @discardableResult
    package func produce(
        _ topic: String, _ partition: Int32 = 0, count: Int, size: Int = 10, timestamp: Int64? = nil,
        step: Int64 = 0, key: String? = nil
    ) async throws(StageError) -> Int64 {
        let request = Self.records(topic, partition, count, size, timestamp, step, key)
        return try await call("produce", request).integer ?? -1
    }

    /// Begins a transaction; the producer is made with the first one of its transactional id.
    package func beginTransaction(
        _ id: String, timeout: Duration = .seconds(60)
    ) async throws(StageError) {
        let milliseconds = timeout.components.seconds * 1000
        try await call(
            "beginTransaction", ["transaction": .string(id), "timeoutMilliseconds": .integer(milliseconds)])
    }

    /// As ``produce(_:_:count:size:timestamp:step:key:)``, in the open transaction.
    @discardableResult
    package func produce(
        inTransaction id: String, _ topic: String, _ partition: Int32 = 0, count: Int, size: Int = 10
    ) async throws(StageError) -> Int64 {
        var request = Self.records(topic, partition, count, size, nil, 0, nil)
        request["transaction"] = .string(id)
        return try await call("produceInTransaction", request).integer ?? -1
    }

    /// Adds commits of a group to the open transaction.
    package func sendOffsets(
        inTransaction id: String, group: String, _ offsets: [PartitionOffset]
    ) async throws(StageError) {
        try await call(
            "sendOffsets",
            [
                "transaction": .string(id), "group": .string(group), "offsets": .array(offsets.map(\.json)),
            ])
    }

    package func commitTransaction(_ id: String) async throws(StageError) {
        try await call("commitTransaction", ["transaction": .string(id)])
    }

    package func abortTransaction(_ id: String) async throws(StageError) {
        try await call("abortTransaction", ["transaction": .string(id)])
    }

    /// Ends whatever transaction of this id is open, as a new producer of the same id does when it starts.
    package func fenceTransaction(_ id: String) async throws(StageError) {
        try await call("fenceTransaction", ["transaction": .string(id)])
    }

    /// Drops the producer and leaves its transaction open, as a crash does, until the coordinator's time
    /// limit.
    package func abandonTransaction(_ id: String) async throws(StageError) {
        try await call("abandonTransaction", ["transaction": .string(id)])
    }

    private static func records(
        _ topic: String, _ partition: Int32, _ count: Int, _ size: Int, _ timestamp: Int64?, _ step: Int64,
        _ key: String?
    ) -> [String: JSONValue] {
        var request: [String: JSONValue] = [
            "topic": .string(topic), "partition": .integer(Int64(partition)), "count": .integer(Int64(count)),
            "size": .integer(Int64(size)), "step": .integer(step),
        ]
        request["timestamp"] = timestamp.map { .integer($0) }
        request["key"] = key.map { .string($0) }
        return request
    }
}
