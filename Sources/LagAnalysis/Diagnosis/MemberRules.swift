import ClusterAccess
import LagModel

extension Diagnosis {
    /// The group rebalances again and again; its members read nothing, or less, meanwhile.
    static func frequentRebalances(_ context: GroupContext) -> [Finding] {
        let window = context.thresholds.eventWindow
        let perMinute = Double(context.recentRebalances) * 60 / window.seconds
        guard perMinute > context.thresholds.rebalancesPerMinute else { return [] }
        var evidence = [
            Finding.Evidence("rebalances", context.recentRebalances), .init("window_seconds", window),
            .init("rebalances_per_minute", perMinute),
        ]
        var why = ""
        let causes = context.group.rebalanceHistory?.causes ?? [:]
        if let (cause, count) = causes.max(by: { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }),
            count > 0
        {
            evidence.append(.init("since_start_\(cause.rawValue)", count))
            why = "; the most frequent cause since the exporter started is \(cause.rawValue)"
        }
        let atLeast = context.group.rebalances.isExact ? "" : "at least "
        return [
            Finding(
                .frequentRebalances, .warning,
                "\(atLeast)\(Wording.count(context.recentRebalances, "rebalance")) in "
                    .capitalizingFirst + "\(Wording.duration(window))\(why).",
                evidence: evidence, suggestions: Advice.rebalances(context))
        ]
    }

    /// A rebalance that lasts longer than its members may take.
    static func endlessRebalance(_ context: GroupContext) -> [Finding] {
        guard let lasting = context.rebalancingFor else { return [] }
        let members = context.group.members?.members ?? []
        let limit = members.compactMap(\.rebalanceTimeout).max() ?? context.thresholds.rebalance
        guard lasting > limit else { return [] }
        let waitedFor = members.first { $0.isReconciling }
        return [
            Finding(
                .endlessRebalance, .critical,
                "The group has been rebalancing for \(Wording.duration(lasting)); its members may take "
                    + "\(Wording.duration(limit)).",
                evidence: [
                    .init("rebalancing_seconds", lasting), .init("limit_seconds", limit),
                    .init("members", Int64(members.count)),
                ],
                suggestions: Advice.endlessRebalance(context), member: waitedFor?.name)
        ]
    }

    /// There is something to read and nobody who reads; never said of readers without group management.
    static func noActiveMembers(_ context: GroupContext) -> [Finding] {
        let group = context.group
        guard !context.isUnmanaged, let lag = group.totals?.lag, lag > 0, group.state == .empty,
            group.members?.members.isEmpty ?? true
        else { return [] }
        let time = timeWithoutMembers(context)
        var severity = Finding.Severity.info
        if time > context.thresholds.withoutMembers { severity = .warning }
        if severity == .warning, lag > context.thresholds.lag { severity = .critical }
        return [
            Finding(
                .noActiveMembers, severity,
                .init(
                    "\(Wording.count(lag, "record")) to read and no member, for ", time, .grows,
                    " at least."),
                evidence: [.init("lag_records", lag), .init("without_members_seconds", time, .grows)],
                suggestions: Advice.noMembers)
        ]
    }

    /// How long the same is said of a group without members but for its age; `nil` where that does not grow
    /// with the wall clock, by which findings age.
    static func stillnessOfNoActiveMembers(_ context: GroupContext) -> Stillness? {
        guard case .told(let time) = context.group.stateBegan, time <= context.cluster.endOffsetsRead.wall
        else { return nil }
        let left = context.thresholds.withoutMembers - timeWithoutMembers(context)
        return Stillness(time: left < .zero ? nil : left)
    }

    /// As far as it is known; by the wall clock to the microsecond.
    private static func timeWithoutMembers(_ context: GroupContext) -> Duration {
        if case .told(let time) = context.group.stateBegan {
            return max(.zero, context.cluster.endOffsetsRead.wall.microseconds(since: time))
        }
        return context.cluster.timeInState(of: context.group) ?? .zero
    }

    /// Members that own nothing.
    static func idleMembers(_ context: GroupContext) -> [Finding] {
        guard context.group.isRebalancing != true, let members = context.group.members,
            let idle = members.idleCount, idle > 0, members.members.count > idle
        else { return [] }
        let owned = members.members.compactMap(\.partitionCount).reduce(0, +)
        let isTooMany = members.members.count > owned
        return [
            Finding(
                .idleMembers, .info,
                "\(idle) of \(Wording.count(members.members.count, "member")) without a partition"
                    + (isTooMany ? ", with \(Wording.count(owned, "partition")) to share." : "."),
                evidence: [
                    .init("idle_members", Int64(idle)), .init("members", Int64(members.members.count)),
                    .init("assigned_partitions", Int64(owned)),
                ],
                suggestions: Advice.idleMembers(isTooMany: isTooMany),
                member: members.members.first { $0.partitionCount == 0 }?.name)
        ]
    }

    /// One member has much more to do than another, beyond what a remainder explains.
    static func unevenAssignment(_ context: GroupContext) -> [Finding] {
        guard context.group.isRebalancing != true, let members = context.group.members,
            let most = members.partitionsMax, let least = members.partitionsMin, least > 0,
            most >= least + 2, most >= 2 * least
        else { return [] }
        return [
            Finding(
                .unevenAssignment, .info,
                "One member owns \(Wording.count(most, "partition")), another "
                    + "\(Wording.grouped(Int64(least))).",
                evidence: [
                    .init("member_partitions_max", Int64(most)), .init("member_partitions_min", Int64(least)),
                    .init("members", Int64(members.members.count)),
                ],
                suggestions: Advice.unevenAssignment(context),
                member: members.members.first { $0.partitionCount == most }?.name)
        ]
    }
}

extension String {
    /// The same with a large first letter, for sentences that may begin with different words.
    fileprivate var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
}
