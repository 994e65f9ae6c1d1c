import ClusterAccess
package import LagModel

/// Burrow's rules, each a function of what one partition's past comes to; `Tests/LagAnalysisTests` has their
/// tables.
///
/// What differs from Burrow on purpose, and why:
///
/// * Windows are stretches of time, not numbers of commits: how rarely a group commits does not decide how
///   long nobody notices that it stopped.
/// * A stop is counted from when there was something to read, not from the last commit: a quiet topic is no
///   stopped reader.
/// * A rewind counts for one window from when it was seen, and only in the log in which it was made.
/// * One moment without lag in the window does not excuse a reader that has fallen behind ever since; what
///   excuses it is that its unread records are young, or that its lag comes down again.
/// * Lag that stays the same is not growth: a reader that keeps up at a distance is OK.
/// * A past that is too short to say OK, or in which nobody was seen at work, says nothing.
package enum EvaluationRules {
    /// The verdict on a partition; `nil` when its lag is unknown or too little is known of its past.
    package static func status(of past: PartitionOutline, _ settings: EvaluationSettings)
        -> PartitionStatus?
    {
        guard let lag = past.lag else { return nil }
        if isAllowed(lag, settings) { return .ok }
        if isStopped(past) { return .stop }
        if isRewound(past) { return .rewind }
        if isStalled(past) { return .stall }
        if past.span < settings.minimum { return nil }
        if isFresh(past, settings) { return .ok }
        if isGrowing(past) { return .warn }
        return isAtWork(past) ? .ok : nil
    }

    /// The same of a past that nothing else is asked of.
    package static func status(of past: borrowing PartitionPast, _ settings: EvaluationSettings)
        -> PartitionStatus?
    {
        status(of: PartitionOutline(of: past, settings), settings)
    }

    /// Rule 1: so little lag is no reason to look further.
    package static func isAllowed(_ lag: Int64, _ settings: EvaluationSettings) -> Bool {
        lag <= settings.allowedLag
    }

    /// How long a pause between commits has to be before it is a stop: twice the longest that records had to
    /// wait for one in the window, within ``EvaluationSettings/minimum`` and the window itself.
    ///
    /// The whole window while no wait was seen from its beginning to its end.
    package static func patience(longestWait: Duration?, _ settings: EvaluationSettings) -> Duration {
        guard let longestWait else { return settings.window }
        return min(max(longestWait + longestWait, settings.minimum), settings.window)
    }

    /// Rule 2: records wait, and nobody has committed for longer than is usual.
    package static func isStopped(_ past: PartitionOutline) -> Bool {
        past.sinceCommit >= past.patience && past.waiting >= past.patience
    }

    /// Rule 3: the commit went back in the window and is still below where it was.
    package static func isRewound(_ past: PartitionOutline) -> Bool { past.isBelowFall }

    /// Rule 4: records wait, and the same offset is committed for longer than commits usually take.
    ///
    /// Needs the times of commits: without them, nobody sees an offset that is committed again.
    package static func isStalled(_ past: PartitionOutline) -> Bool {
        guard let age = past.repeatedFor else { return false }
        return age >= past.patience && past.waiting >= past.patience
    }

    /// Rule 5: what waits has not waited for long.
    package static func isFresh(_ past: PartitionOutline, _ settings: EvaluationSettings) -> Bool {
        guard let most = past.waitingMost else { return false }
        return most <= settings.freshness
    }

    /// Rule 6: lag rises through its ups and downs.
    package static func isGrowing(_ past: PartitionOutline) -> Bool { past.isGrowing }

    /// Rule 7: commits were seen to come; a reader that nobody saw at work is not called OK while it lags.
    package static func isAtWork(_ past: PartitionOutline) -> Bool { past.hasCommitted }

    /// In how long the verdict may be another one although the reader, the log and the samples stay the same;
    /// `nil` when it stays for ever.
    ///
    /// All that rules compare with a limit grows with time, no faster than it, so this may be too early and
    /// is never too late. `status` is the verdict now. `nextSample` says when another sample like the newest
    /// comes; only growth goes by their number.
    package static func timeToChange(
        of past: PartitionOutline, status: PartitionStatus?, nextSample: Duration? = nil,
        _ settings: EvaluationSettings
    ) -> Duration? {
        let (patience, sinceCommit) = (past.patience, past.sinceCommit)
        // Until a sample shows the newest commit, the wait that it has ended grows, and patience with it.
        let isPatienceGrowing = sinceCommit == .zero
        if status == .stop { return isPatienceGrowing ? .zero : nil }
        let toWait = patience - past.waiting
        var soonest = max(patience - sinceCommit, toWait)
        if isRewound(past) {
            if let sinceFall = past.sinceFall { soonest = min(soonest, settings.window - sinceFall) }
            return max(.zero, soonest)
        }
        if status == .stall { return isPatienceGrowing ? .zero : max(.zero, soonest) }
        if let age = past.repeatedFor { soonest = min(soonest, max(patience - age, toWait)) }
        if past.span < settings.minimum {
            soonest = min(soonest, settings.minimum - past.span)
        } else if isFresh(past, settings) {
            soonest = min(soonest, settings.freshness - (past.waitingMost ?? .zero))
        } else if let nextSample {
            soonest = min(soonest, nextSample)
        }
        return max(.zero, soonest)
    }
}
