import ClusterAccess

/// Whether this replica may still serve what its group gave it; a pure value.
///
/// A replica that did not run for longer than its session (a paused process or machine) has been thrown out
/// and its partitions are another's, though nobody has told it yet. It serves nothing until the group has
/// spoken, or until so much time has passed that it would have.
struct ShardLease: Sendable {
    let session: Duration
    private var lastSign: MonotonicTime
    private var suspectUntil: MonotonicTime?

    init(session: Duration, now: MonotonicTime) {
        self.session = session
        lastSign = now
    }

    /// The feed was asked and answered.
    mutating func sign(at now: MonotonicTime) {
        if now - lastSign > session { suspectUntil = now + session }
        lastSign = now
        if let end = suspectUntil, now >= end { suspectUntil = nil }
    }

    /// The group took partitions away or gave new ones: what is held now is ours.
    mutating func settle(at now: MonotonicTime) {
        suspectUntil = nil
        lastSign = now
    }

    func isValid(at now: MonotonicTime) -> Bool { suspectUntil == nil && now - lastSign <= session }

    /// Until when it is valid without another sign; `nil` while it is not.
    func end(at now: MonotonicTime) -> MonotonicTime? { isValid(at: now) ? lastSign + session : nil }
}
