extension Stage {
    /// Writes the history of every stream, commits for every group, and lets both go on until
    /// ``stopWorkload(_:)``; returns the number of records so far.
    @discardableResult
    package func startWorkload(_ workload: StageWorkload) async throws(StageError) -> Int64 {
        try await call("startWorkload", workload.json, within: .seconds(60)).integer ?? -1
    }

    /// Ends it and returns how many records it has written; throws what has gone wrong with it.
    @discardableResult
    package func stopWorkload(_ name: String) async throws(StageError) -> Int64 {
        try await call("stopWorkload", ["workload": .string(name)]).integer ?? -1
    }

    /// When the records were written that ages of lag are made of, in milliseconds since 1970.
    ///
    /// For each place the largest time of the records from the log start to the first one at or after the
    /// offset; `nil` where the workload knows of no such record (yet).
    package func workloadTimes(
        _ name: String, _ places: [StageWorkload.Place]
    ) async throws(StageError) -> [Int64?] {
        let answer = try await call(
            "workloadTimes", ["workload": .string(name), "places": .array(places.map(\.json))])
        return answer.elements.map(\.integer)
    }
}

/// Producers and groups in motion that know when each record was produced.
package struct StageWorkload: Sendable {
    package var name: String
    /// Decides bursts, pauses, gaps and how groups wander; times are those of the clock.
    package var seed: Int64
    package var streams: [Stream]
    package var groups: [Group]
    /// Pause between two commits of a group.
    package var commitMilliseconds: Int64

    package init(
        _ name: String, seed: Int64, streams: [Stream], groups: [Group], commitMilliseconds: Int64 = 400
    ) {
        self.name = name
        self.seed = seed
        self.streams = streams
        self.groups = groups
        self.commitMilliseconds = commitMilliseconds
    }

    /// What is written to one partition.
    package struct Stream: Sendable {
        package var topic: String
        package var partition: Int32
        package var perSecond: Double
        /// Records that come at once now and then; 0 for none.
        package var burst: Int64 = 0
        /// Whether it falls silent for some seconds now and then.
        package var pauses = false
        /// The topic stamps records itself (`message.timestamp.type=LogAppendTime`).
        package var isAppendTime = false
        /// By how much timestamps are shuffled, to both sides.
        package var disorderMilliseconds: Int64 = 0
        /// Records that are written at first, with timestamps spread over ``historyMilliseconds``.
        package var historyRecords: Int64 = 0
        package var historyMilliseconds: Int64 = 0
        /// Each write is a transaction of its own, one in four of them aborted.
        package var isTransactional = false

        package init(_ topic: String, _ partition: Int32, perSecond: Double) {
            self.topic = topic
            self.partition = partition
            self.perSecond = perSecond
        }

        var json: JSONValue {
            [
                "topic": .string(topic), "partition": .integer(Int64(partition)),
                "perSecond": .number(perSecond), "burst": .integer(burst), "pauses": .bool(pauses),
                "appendTime": .bool(isAppendTime), "disorderMilliseconds": .integer(disorderMilliseconds),
                "historyRecords": .integer(historyRecords),
                "historyMilliseconds": .integer(historyMilliseconds),
                "transactional": .bool(isTransactional),
            ]
        }
    }

    /// A group that commits on every partition of the workload, as a tool does it.
    package struct Group: Sendable {
        /// How it goes on from commit to commit.
        package enum Pace: String, Sendable {
            /// Behind the newest record; on the newest one where writes are transactions.
            case tail
            /// Steadily, by ``Group/perSecond`` records of each partition.
            case steady
            /// As steady, and now and then to any record at all.
            case wandering
        }

        package var name: String
        package var pace: Pace
        package var perSecond: Double
        /// Where it begins: the share of the first records that it has read.
        package var start: Double

        package init(_ name: String, _ pace: Pace, perSecond: Double = 0, start: Double = 0) {
            self.name = name
            self.pace = pace
            self.perSecond = perSecond
            self.start = start
        }

        var json: JSONValue {
            [
                "group": .string(name), "pace": .string(pace.rawValue), "perSecond": .number(perSecond),
                "start": .number(start),
            ]
        }
    }

    /// A commit, with the log start that counts for it.
    package struct Place: Hashable, Sendable {
        package var topic: String
        package var partition: Int32
        package var logStart: Int64
        package var offset: Int64

        package init(_ topic: String, _ partition: Int32, logStart: Int64, offset: Int64) {
            self.topic = topic
            self.partition = partition
            self.logStart = logStart
            self.offset = offset
        }

        var json: JSONValue {
            [
                "topic": .string(topic), "partition": .integer(Int64(partition)), "from": .integer(logStart),
                "offset": .integer(offset),
            ]
        }
    }

    var json: [String: JSONValue] {
        [
            "workload": .string(name), "seed": .integer(seed),
            "streams": .array(streams.map(\.json)), "groups": .array(groups.map(\.json)),
            "commitMilliseconds": .integer(commitMilliseconds),
        ]
    }
}
