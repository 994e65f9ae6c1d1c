package import LagModel

/// What is wrong with a group, by rules that each look for one thing and know nothing of each other.
package enum Diagnosis {
    private typealias Rule = @Sendable (GroupContext) -> [Finding]

    /// What becomes of a rule's finding while nothing but time is new.
    private enum Course {
        /// It stays as it is, and does not come.
        case lasts([Finding.Kind])
        /// It changes or goes, and does not come; how long it only gets older is told where that is known.
        case fades(Finding.Kind, stillness: @Sendable (GroupContext) -> Stillness? = { _ in nil })
        /// Whatever else.
        case turns
    }

    private static let rules: [(find: Rule, course: Course)] = [
        (highLag, .turns), (growingLag, .turns), (hotPartition, .lasts([.hotPartition])),
        (standingPartitions, .lasts([.stoppedPartition, .stalledPartition])),
        (frequentRebalances, .fades(.frequentRebalances)), (endlessRebalance, .turns),
        (noActiveMembers, .fades(.noActiveMembers, stillness: stillnessOfNoActiveMembers)),
        (idleMembers, .lasts([.idleMembers])),
        (unevenAssignment, .lasts([.unevenAssignment])),
        // When commits may expire is known beforehand.
        (rareCommits, .fades(.rareCommits, stillness: stillnessOfRareCommits)),
        (offsetsExpiring, .fades(.offsetsExpiring)),
        (recordsLost, .fades(.recordsLost, stillness: stillnessOfRecordsLost)), (lossImminent, .turns),
        (commitAhead, .lasts([.commitAhead])),
        (coordinatorUnavailable, .lasts([.coordinatorUnavailable])),
        (offsetsTopicUnderReplicated, .lasts([.offsetsTopicUnderReplicated])),
        (topicMissing, .lasts([.topicMissing])),
    ]

    /// All that is to be said of a group, the most severe first.
    package static func findings(_ context: GroupContext) -> [Finding] {
        var found: [Finding] = []
        found.reserveCapacity(context.known?.count ?? 0)
        for rule in rules {
            switch (context.known, rule.course) {
            case (let known?, .lasts(let kinds)):
                // By place: a finding is half a dozen references, and most are of another kind.
                for place in known.indices where kinds.contains(known[place].kind) {
                    found.append(known[place])
                }
            case (let known?, .fades(let kind, _)):
                if known.indices.contains(where: { known[$0].kind == kind }) { found += rule.find(context) }
            case (_, .turns), (nil, _): found += rule.find(context)
            }
        }
        if found.indices.dropFirst().allSatisfy({ found[$0 - 1].severity >= found[$0].severity }) {
            return found
        }
        // A stable order: the rules' own within one severity.
        return Finding.Severity.allCases.reversed().flatMap { severity in
            found.filter { $0.severity == severity }
        }
    }

    /// How long what was `found` of a group stays true but for its age, while nothing happens; `nil` when it
    /// has to be looked at in every round.
    package static func timeToChange(_ context: GroupContext, _ found: [Finding]) -> Stillness? {
        let (group, thresholds) = (context.group, context.thresholds)
        guard context.rebalancingFor == nil, group.outlook?.catchUp == nil || group.totals?.lag == 0
        else { return nil }
        var times: [Duration] = []
        for place in found.indices {
            guard let rule = fading[found[place].kind] else { continue }
            guard let stillness = rule(context) else { return nil }
            if let time = stillness.time { times.append(time) }
        }
        if let age = context.lagAge, group.totals?.lag != 0 {
            // The age of what is not yet written does not grow.
            guard age > .zero else { return nil }
            if age <= thresholds.lagAge { times.append(thresholds.lagAge - age) }
        }
        for place in group.topics.indices {
            guard let margin = group.topics[place].lossMargin else { continue }
            let limits = [thresholds.lossMargin, thresholds.lossMargin / 4, .zero]
            if let next = limits.first(where: { margin > $0 }) { times.append(margin - next) }
        }
        return Stillness(time: times.min())
    }

    /// How long something stays as it is; `nil` for ever.
    package struct Stillness: Hashable, Sendable {
        package var time: Duration?

        package init(time: Duration?) { self.time = time }
    }

    /// How long findings that fade only get older.
    private static let fading: [Finding.Kind: @Sendable (GroupContext) -> Stillness?] = Dictionary(
        rules.compactMap { rule in
            if case .fades(let kind, let stillness) = rule.course { (kind, stillness) } else { nil }
        }
    ) { first, _ in first }
}
