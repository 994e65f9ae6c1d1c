extension Stage {
    /// Lets members like `member`, one after the other in each of `seats` seats, join the group and leave it
    /// at once, until `observer`, who stays, is `steps` generations further; then until all is at rest.
    ///
    /// The first `kills` of them vanish without leaving, which costs a session time-out each. `pause` is how
    /// long each stays, and how long its seat is empty then. Every name is `member`'s with two numbers.
    package func churn(
        _ member: StageMember, observer: String, steps: Int, seats: Int = 2, kills: Int = 0,
        pause: Duration = .zero, within limit: Duration = .seconds(60)
    ) async throws(StageError) -> StageChurn {
        var request = member.json
        request["observer"] = .string(observer)
        request["steps"] = .integer(Int64(steps))
        request["members"] = .integer(Int64(seats))
        request["kills"] = .integer(Int64(kills))
        request["pauseMilliseconds"] = .integer(
            pause.components.seconds * 1000
                + pause.components.attoseconds / 1_000_000_000_000_000)
        request["limitMilliseconds"] = .integer(limit.components.seconds * 1000)
        let answer = try await call("churn", request, within: limit + .seconds(60))
        return StageChurn(
            joins: answer["joins"].integer ?? -1, kills: answer["kills"].integer ?? -1,
            first: answer["first"].integer ?? -1, last: answer["last"].integer ?? -1,
            seen: answer["seen"].elements.compactMap(\.integer),
            took: .milliseconds(answer["milliseconds"].integer ?? 0))
    }

    /// What `__consumer_offsets` holds about a group as a whole, in order, read with Kafka's own classes.
    package func recordedGenerations(of group: String) async throws(StageError) -> [StageGeneration] {
        let rows = try await call("recordedGenerations", ["group": .string(group)]).elements
        return rows.map { row in
            let generation = row["generation"].integer ?? -1
            let members = row["members"].integer ?? -1
            return StageGeneration(
                isEpoch: row["kind"].string == "consumer", generation: generation < 0 ? nil : generation,
                members: members < 0 ? nil : Int(members))
        }
    }

    /// Reads `__consumer_offsets` from the beginning to its present end, once, with Kafka's Java client.
    package func readOffsetsTopic() async throws(StageError) -> (records: Int64, took: Duration) {
        let answer = try await call("readThrough", within: .seconds(120))
        return (answer["records"].integer ?? -1, .milliseconds(answer["milliseconds"].integer ?? 0))
    }

    /// The partition of `__consumer_offsets` that holds a group.
    package func offsetsPartition(of group: String) async throws(StageError) -> Int32 {
        let answer = try await call("offsetsPartition", ["group": .string(group)])
        return Int32(clamping: answer.integer ?? -1)
    }
}

/// What a run of members coming and going did to its group.
package struct StageChurn: Hashable, Sendable {
    /// Members that came; all of them went.
    package var joins: Int64
    /// Those of them that went without a word.
    package var kills: Int64
    /// Generation or epoch of the observer before.
    package var first: Int64
    /// Generation or epoch of the observer when all was at rest again.
    package var last: Int64
    /// All generations or epochs that the observer was in, the first and the last among them, ascending.
    package var seen: [Int64]
    /// Until the last member was gone; without the rest afterwards.
    package var took: Duration

    /// Steps of the generation or epoch.
    package var steps: Int64 { last - first }
}

/// One record about a group as a whole.
package struct StageGeneration: Hashable, Sendable {
    /// Whether the group is of KIP-848 and counts epochs.
    package var isEpoch: Bool
    /// `nil` in a tombstone.
    package var generation: Int64?
    /// `nil` where the record does not tell.
    package var members: Int?
}
