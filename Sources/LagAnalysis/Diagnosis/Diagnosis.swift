package import LagModel

/// What is wrong with a group, by rules that each look for one thing and know nothing of each other.
package enum Diagnosis {
    private typealias Rule = @Sendable (GroupContext) -> [Finding]

    /// What becomes of a rule's finding while nothing but time is new.
    private enum Course {
        /// It stays as it is, and does not come.
        case lasts(Finding.Kind)
        /// It changes or goes, and does not come.
        case fades(Finding.Kind)
        /// Whatever else.
        case turns
    }

    private static let rules: [(find: Rule, course: Course)] = [
        (highLag, .turns), (growingLag, .turns), (hotPartition, .lasts(.hotPartition)),
        (standingPartitions, .turns),
        (frequentRebalances, .fades(.frequentRebalances)), (endlessRebalance, .turns),
        (noActiveMembers, .fades(.noActiveMembers)), (idleMembers, .lasts(.idleMembers)),
        (unevenAssignment, .lasts(.unevenAssignment)),
        // When commits may expire is known beforehand.
        (rareCommits, .fades(.rareCommits)), (offsetsExpiring, .fades(.offsetsExpiring)),
        (recordsLost, .fades(.recordsLost)), (lossImminent, .turns), (commitAhead, .lasts(.commitAhead)),
        (coordinatorUnavailable, .lasts(.coordinatorUnavailable)),
        (offsetsTopicUnderReplicated, .lasts(.offsetsTopicUnderReplicated)),
        (topicMissing, .lasts(.topicMissing)),
    ]

    /// All that is to be said of a group, the most severe first.
    package static func findings(_ context: GroupContext) -> [Finding] {
        var found: [Finding] = []
        for rule in rules {
            switch (context.known, rule.course) {
            case (let known?, .lasts(let kind)):
                for finding in known where finding.kind == kind { found.append(finding) }
            case (let known?, .fades(let kind)):
                if known.contains(where: { $0.kind == kind }) { found += rule.find(context) }
            case (_, .turns), (nil, _): found += rule.find(context)
            }
        }
        if zip(found, found.dropFirst()).allSatisfy({ $0.severity >= $1.severity }) { return found }
        // A stable order: the rules' own within one severity.
        return Finding.Severity.allCases.reversed().flatMap { severity in
            found.filter { $0.severity == severity }
        }
    }

    /// Whether time alone may have led to a finding on a group of which there was none, and of which nothing
    /// else is new.
    ///
    /// Commits that expire are not among this: ``timeToExpiry(_:)`` tells when they are.
    package static func mayFind(
        in group: borrowing GroupSnapshot, isRebalancing: Bool, _ thresholds: DiagnosisThresholds
    ) -> Bool {
        if isRebalancing { return true }
        guard group.totals?.lag != 0 else { return false }
        let counts = group.evaluation?.counts ?? [:]
        return group.lagAge.map { $0.age > thresholds.lagAge } ?? false
            || group.outlook?.isCatchUpImpossible == true || counts[.stop] != nil || counts[.stall] != nil
            || group.topics.contains { $0.lossMargin.map { $0 <= thresholds.lossMargin } ?? false }
    }
}
