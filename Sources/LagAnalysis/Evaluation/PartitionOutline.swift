import LagModel

/// What rules go by of a partition's past: each fact is worked out once, however many rules ask for it.
package struct PartitionOutline: Sendable {
    /// Now; `nil` when it is unknown.
    package var lag: Int64?
    /// How far back the past is known.
    package var span: Duration
    /// Time since the last commit, as ``PartitionPast/lastCommit`` tells it.
    package var sinceCommit: Duration
    /// Whether a commit was seen to come.
    package var hasCommitted: Bool
    /// For how long one offset has been committed again and again; `nil` where it was committed once.
    package var repeatedFor: Duration?
    /// How long the oldest unread record has waited, at least and at most; `nil` where there is no most.
    package var waiting: Duration
    package var waitingMost: Duration?
    /// The longest time that records waited for a commit; `nil` while no wait was seen from its beginning.
    package var longestWait: Duration?
    /// How long a pause between commits has to be before it is a stop.
    package var patience: Duration
    /// Whether the commit is below one that it fell back from, and the time since the round that saw that.
    package var isBelowFall: Bool
    package var sinceFall: Duration?
    /// Whether lag rises through its ups and downs.
    package var isGrowing: Bool

    package init(of past: borrowing PartitionPast, _ settings: EvaluationSettings) {
        let (now, allowedLag) = (past.newest, settings.allowedLag)
        let (commit, waiting) = (past.lastCommit, past.waiting(allowedLag: allowedLag))
        lag = now?.lag
        span = past.span
        (sinceCommit, hasCommitted) = (commit.age, commit.isSeen)
        repeatedFor = past.repeatedFor
        (self.waiting, waitingMost) = (waiting.least, waiting.most)
        longestWait = past.longestWait(allowedLag: allowedLag)
        patience = EvaluationRules.patience(longestWait: longestWait, settings)
        isBelowFall = false
        if let now, let from = past.fellFrom { isBelowFall = now.committed < from }
        sinceFall = past.sinceFall
        isGrowing = past.isGrowing
    }
}
