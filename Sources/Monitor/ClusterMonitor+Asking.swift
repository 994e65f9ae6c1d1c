import ClusterAccess
import LagModel

/// Which coordinators are asked in a round, and what stands for the groups that are not.
extension ClusterMonitor {
    /// What coordinators say of `entries`: in this round, or when they were asked last.
    ///
    /// Groups in `compared` are asked whatever the plan says. A group that waits for its turn for too long, or
    /// was never asked, fails with ``ClusterError/Reason/requestBudget``.
    func ask(
        _ entries: [GroupRegistry.Entry], comparing compared: Set<GroupID> = [],
        describing: @escaping @Sendable (GroupID) -> Bool
    ) async -> [GroupID: GroupReader.Reading] {
        let start = clock.now()
        let reader = reader(describing: describing, until: start.monotonic + askingTime)
        let byID = Dictionary(entries.map { ($0.id, $0) }) { first, _ in first }
        let candidates = entries.compactMap { entry -> RequestPlanner.Candidate? in
            guard !compared.contains(entry.id), let broker = entry.answeringCoordinator else { return nil }
            return RequestPlanner.Candidate(
                id: entry.id, broker: broker, state: entry.listedState,
                requests: reader.isDescribed(entry) ? 2 : 1)
        }
        let plan = requestPlanner.plan(
            candidates, at: start.monotonic, allowance: allowances(comparing: compared, of: byID))
        // Those whose coordinator is away cost nothing; they come back with the reason.
        let others = entries.filter { compared.contains($0.id) || $0.answeringCoordinator == nil }
        var readings = await reader.read(others + plan.asked.compactMap { byID[$0] })
        var status = RequestPlanStatus(hot: plan.asked.count - plan.idle, idle: plan.idle, debt: plan.debt)
        var kept: [GroupID: GroupReader.Reading] = [:]
        kept.reserveCapacity(candidates.count)
        for id in plan.asked {
            let wasIdle = requestPlanner.isIdle(id)
            if let reading = readings[id], !reading.isUnasked {
                note(reading, at: start)
                kept[id] = reading
            } else {
                // Its turn did not come in time.
                readings[id] = nil
                status.debt += 1
                if wasIdle { status.idle -= 1 } else { status.hot -= 1 }
            }
        }
        for candidate in candidates where readings[candidate.id] == nil {
            guard let entry = byID[candidate.id] else { continue }
            guard let before = lastReadings[candidate.id] else {
                readings[candidate.id] = .unasked(entry)
                continue
            }
            kept[candidate.id] = before
            // Why it could not be read stands until it is tried again.
            let isUsable = before.isFailure || !requestPlanner.isStale(candidate.id, at: start.monotonic)
            readings[candidate.id] = isUsable ? before.carried(to: entry) : .unasked(entry)
        }
        lastReadings = kept
        requestPlan = status
        return readings
    }

    /// From then on a round asks about no more groups.
    ///
    /// Three quarters of the interval, so that rounds begin on time; where that is little, up to five seconds as
    /// long as snapshots are young enough.
    private var askingTime: Duration {
        max(settings.interval * 3 / 4, min(.seconds(5), settings.requestPlan.staleAfter / 2))
    }

    /// Tells the planner what asking has brought.
    private func note(_ reading: GroupReader.Reading, at moment: Moment) {
        let id = reading.entry.id
        switch reading.commits {
        case .failure: requestPlanner.noteFailure(id, at: moment.monotonic)
        case .success(let offsets):
            var hasMoved = true
            if case .success(let before)? = lastReadings[id]?.commits { hasMoved = before != offsets }
            requestPlanner.noteReading(id, hasMoved: hasMoved, at: moment.monotonic)
        }
    }

    /// Requests about groups that each broker may be sent in this round.
    ///
    /// Four fifths of what its budget gives in the time from round to round, less what it was sent for other
    /// things in the last round; a tenth at least.
    private func allowances(
        comparing compared: Set<GroupID>, of entries: [GroupID: GroupRegistry.Entry]
    ) -> (BrokerID) -> Int? {
        let statistics = source.requestStatistics()
        let others = otherRequests.count(statistics)
        var comparisons: [BrokerID: Int] = [:]
        for id in compared {
            if let broker = entries[id]?.coordinator { comparisons[broker, default: 0] += 1 }
        }
        let interval = settings.interval
        return { broker in
            guard let allowance = statistics.allowances[broker] else { return nil }
            let time = max(.zero, interval - allowance.rest)
            let total = allowance.requestsPerSecond * time.seconds * 0.8
            let rest = total - Double(others[broker, default: 0] + comparisons[broker, default: 0])
            return Int(max(total / 10, rest).rounded(.up))
        }
    }
}

/// Counts what brokers are sent beside questions about groups, from round to round.
struct OtherRequests {
    private var before: [BrokerID: Int64] = [:]

    /// Requests since the last call, by broker.
    mutating func count(_ statistics: RequestStatistics) -> [BrokerID: Int] {
        var sums: [BrokerID: Int64] = [:]
        for (key, count) in statistics.requests {
            guard let broker = key.broker else { continue }
            switch key.kind {
            case .offsetFetch, .describeGroups: break
            case .metadata, .listGroups, .listOffsets, .describeConfigs:
                sums[broker, default: 0] += count
            }
        }
        defer { before = sums }
        return Dictionary(
            uniqueKeysWithValues: sums.map { broker, sum in
                (broker, Int(clamping: max(0, sum - (before[broker] ?? 0))))
            })
    }
}

extension GroupRegistry.Entry {
    /// Whom to ask, where that answers.
    var answeringCoordinator: BrokerID? {
        switch presence {
        case .listed(_, let broker), .missing(let broker): broker
        case .unreachable: nil
        }
    }

    /// The state that its coordinator lists it with.
    var listedState: GroupState? {
        guard case .listed(let listing, _) = presence else { return nil }
        return listing.state
    }
}

extension GroupReader.Reading {
    fileprivate var isFailure: Bool {
        if case .failure = commits { true } else { false }
    }

    /// Whether it was never sent.
    fileprivate var isUnasked: Bool {
        if case .failure(let error) = commits { error.reason == .requestBudget } else { false }
    }

    /// A group that is not asked in this round and of which nothing is known that is young enough.
    fileprivate static func unasked(_ entry: GroupRegistry.Entry) -> Self {
        Self(
            entry: entry,
            commits: .failure(
                ClusterError(
                    .requestBudget, operation: "list committed offsets", broker: entry.coordinator,
                    subject: "group \(entry.id)", detail: "other groups waited longer")))
    }

    /// What was read in an earlier round, with what this round's listing says.
    fileprivate func carried(to entry: GroupRegistry.Entry) -> Self {
        var carried = self
        carried.entry = entry
        carried.isCarried = true
        guard let state = entry.listedState, state == self.entry.listedState else {
            carried.description = nil
            return carried
        }
        switch carried.description?.state {
        // How an old client library calls a group that it cannot describe.
        case .dead?, .unknown?, nil: break
        case .stable?, .empty?, .preparingRebalance?, .completingRebalance?, .assigning?, .reconciling?,
            .notReady?:
            carried.description?.state = state
        }
        return carried
    }
}
