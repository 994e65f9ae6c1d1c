package import LagModel

/// What is wrong with a group, by rules that each look for one thing and know nothing of each other.
package enum Diagnosis {
    private static let rules: [@Sendable (GroupContext) -> [Finding]] = [
        highLag, growingLag, hotPartition, standingPartitions,
        frequentRebalances, endlessRebalance, noActiveMembers, idleMembers, unevenAssignment,
        rareCommits, offsetsExpiring, recordsLost, lossImminent, commitAhead,
        coordinatorUnavailable, offsetsTopicUnderReplicated, topicMissing,
    ]

    /// All that is to be said of a group, the most severe first.
    package static func findings(_ context: GroupContext) -> [Finding] {
        var found: [Finding] = []
        for rule in rules { found += rule(context) }
        guard found.count > 1 else { return found }
        // A stable order: the rules' own within one severity.
        return Finding.Severity.allCases.reversed().flatMap { severity in
            found.filter { $0.severity == severity }
        }
    }

    /// Whether time alone may have led to a finding on a group of which there was none, and of which nothing
    /// else is new; `rebalancingFor` is how long it has been rebalancing.
    ///
    /// Commits that expire are not among this: ``timeToExpiry(_:)`` tells when they are.
    package static func mayFind(
        in group: borrowing GroupSnapshot, rebalancingFor: Duration?, _ thresholds: DiagnosisThresholds
    ) -> Bool {
        if rebalancingFor != nil { return true }
        guard group.totals?.lag != 0 else { return false }
        let counts = group.evaluation?.counts ?? [:]
        return group.lagAge.map { $0.age > thresholds.lagAge } ?? false
            || group.outlook?.isCatchUpImpossible == true || counts[.stop] != nil || counts[.stall] != nil
            || group.topics.contains { $0.lossMargin.map { $0 <= thresholds.lossMargin } ?? false }
    }
}
