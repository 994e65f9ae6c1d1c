import ClusterAccess

/// One rule's view of one group that is bad or has lately been: a value that is told a verdict each round.
///
/// A group of which nothing is wrong has no such value, so that memory follows trouble and not groups.
struct WatchedGroup: Sendable {
    private(set) var phase: Phase
    /// As it was when it was last bad, or last known.
    private(set) var condition: GroupCondition
    private var absentSince: MonotonicTime?

    enum Phase: Sendable {
        /// Bad, but not for long enough.
        case pending(Sustained)
        /// Open; `recovery` counts the time for which it has been good.
        case firing(since: WallTime, recovery: Sustained?)
    }

    /// What a round does to the group's part in its incident.
    enum Change: Hashable {
        case none
        case opened
        case closed(CloseReason)
        /// It was pending and is no longer bad.
        case forgotten
    }

    /// Begins at the first bad verdict.
    init(_ condition: GroupCondition, at now: MonotonicTime) {
        phase = .pending(Sustained(from: now))
        self.condition = condition
    }

    /// Takes up a group whose incident was open before a restart.
    init(restoring group: Incident.AffectedGroup) {
        phase = .firing(since: group.since, recovery: nil)
        condition = group.condition
    }

    var firingSince: WallTime? {
        if case .firing(let since, _) = phase { since } else { nil }
    }

    /// Takes the verdict of a round in which the group was seen.
    mutating func step(
        _ verdict: Verdict, _ condition: GroupCondition, rule: IncidentRule, at now: Moment
    ) -> Change {
        absentSince = nil
        if verdict != .unknown { self.condition = condition }
        switch phase {
        case .pending(var bad):
            switch verdict {
            case .bad:
                bad.goOn(at: now.monotonic)
                if bad.total >= rule.opensAfter {
                    phase = .firing(since: now.wall, recovery: nil)
                    return .opened
                }
                phase = .pending(bad)
            case .between, .good: return .forgotten
            case .unknown: pause()
            }
        case .firing(let since, let recovery):
            switch verdict {
            case .bad, .between: phase = .firing(since: since, recovery: nil)
            case .unknown: pause()
            case .good:
                var good = recovery ?? Sustained(from: now.monotonic)
                good.goOn(at: now.monotonic)
                phase = .firing(since: since, recovery: good)
                if good.total >= rule.closesAfter { return .closed(.recovered) }
            }
        }
        return .none
    }

    /// Takes a round in which the group was not there.
    mutating func stepAbsent(goneAfter: Duration, at now: MonotonicTime) -> Change {
        pause()
        let since = absentSince ?? now
        absentSince = since
        guard now - since >= goneAfter else { return .none }
        switch phase {
        case .pending: return .forgotten
        case .firing: return .closed(.gone)
        }
    }

    /// Time until the next verdict does not count: nothing is known of it.
    mutating func pause() {
        switch phase {
        case .pending(var bad):
            bad.pause()
            phase = .pending(bad)
        case .firing(let since, var recovery):
            recovery?.pause()
            phase = .firing(since: since, recovery: recovery)
        }
    }
}

/// How long something has held, without the times of which nothing is known.
struct Sustained: Hashable, Sendable {
    private(set) var total = Duration.zero
    private var last: MonotonicTime?

    init(from now: MonotonicTime) { last = now }

    mutating func goOn(at now: MonotonicTime) {
        if let last { total += max(.zero, now - last) }
        last = now
    }

    mutating func pause() { last = nil }
}
