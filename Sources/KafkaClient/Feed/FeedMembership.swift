import Locking

/// Whether a feed still belongs to its group, from what librdkafka says and from the clock.
///
/// Written by the feed's thread, read by anybody.
final class FeedMembership: Sendable {
    private struct State {
        var isJoined = false
        var lastBeat: ContinuousClock.Instant?
        /// Until when a member that slept too long is not believed.
        var suspectUntil: ContinuousClock.Instant?
    }

    private let session: Duration?
    private let state = Mutex(State())

    /// `session` is `nil` without a group.
    init(session: Duration?) { self.session = session }

    /// The thread is alive; after a sleep longer than the session it takes a while until librdkafka has
    /// asked the coordinator.
    func beat(at now: ContinuousClock.Instant) {
        guard let session else { return }
        state.withLock { state in
            if let last = state.lastBeat, now - last >= session {
                state.suspectUntil = now + min(session / 3, .seconds(3)) + .seconds(1)
            }
            state.lastBeat = now
        }
    }

    /// Takes note that the group has handed something out, or that it has taken all away.
    func joined(_ isJoined: Bool) { state.withLock { $0.isJoined = isJoined } }

    func isValid(at now: ContinuousClock.Instant) -> Bool {
        guard let session else { return false }
        return state.withLock { state in
            guard state.isJoined, let last = state.lastBeat, now - last < session else { return false }
            return state.suspectUntil.map { $0 <= now } ?? true
        }
    }
}
