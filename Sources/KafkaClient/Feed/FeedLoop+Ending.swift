import CRdKafka
import ClusterAccess

extension FeedLoop {
    /// For how long a member that is just joining is given to be let in before its client is abandoned.
    private static let longestJoin = Duration.seconds(300)

    /// Leaves the group, frees the client and tells who waits for it, who waits no longer than the close
    /// time-out.
    mutating func end() {
        core.membership.joined(false)
        let deadline = ContinuousClock.now + core.closeTimeout
        let closed = core.context.error(.closed)
        if !becomeDestructible(until: deadline) {
            core.mailbox.finish(closed)
            guard becomeDestructible(until: .now + Self.longestJoin) else {
                core.voice.log.oddity("a client that never got into its group stays behind")
                // What its log lines are given to must not go either.
                unsafe _ = Unmanaged.passRetained(core)
                return
            }
        }
        core.voice.leave()
        // Changes that nobody has carried out yet hold up the end.
        for rebalance in core.voice.takeRebalances() { carryOut(rebalance) }
        if !leave(until: deadline) {
            core.voice.log.oddity("a broker does not answer; the client is freed when its time is over")
            core.mailbox.finish(closed)
        }
        core.free()
        core.mailbox.finish(closed)
    }

    /// Waits until the client may be destroyed.
    ///
    /// WHY: librdkafka before 2.3 aborts the process when a cooperative-sticky member is destroyed between
    /// its joining and its first assignment (`rd_kafka_sticky_assignor_state_destroy`). Before it has a
    /// member id and after an assignment, even an empty one, there is no danger.
    private mutating func becomeDestructible(until deadline: ContinuousClock.Instant) -> Bool {
        guard core.shardGroup != nil, rd_kafka_version() < 0x0203_0000 else { return true }
        while !hasBeenAssigned, isJoining {
            guard ContinuousClock.now < deadline else { return false }
            _ = ConsumerShutdown.drop(from: core.queue, milliseconds: 20)
            for rebalance in core.voice.takeRebalances() { carryOut(rebalance) }
        }
        return true
    }

    /// Whether the coordinator has given the member a name.
    private var isJoining: Bool {
        guard let name = unsafe rd_kafka_memberid(core.client.raw) else { return false }
        defer { unsafe rd_kafka_mem_free(core.client.raw, name) }
        return unsafe !NativeText.string(name).isEmpty
    }

    /// Stops all fetching and leaves the group in good order; returns whether there was time for it.
    private mutating func leave(until deadline: ContinuousClock.Instant) -> Bool {
        shutdown.keepQueues(of: partitions.all, in: core.topic)
        let outcome = shutdown.leave(until: deadline)
        if let refusal = outcome.refusal { core.voice.log.oddity("cannot leave in good order: \(refusal)") }
        return outcome.isInTime
    }
}
