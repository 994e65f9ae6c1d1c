package import LagModel

/// What is wrong with a group, by rules that each look for one thing and know nothing of each other.
package enum Diagnosis {
    /// All that is to be said of a group, the most severe first.
    package static func findings(_ context: GroupContext) -> [Finding] {
        let found = [
            highLag, growingLag, hotPartition, standingPartitions,
            frequentRebalances, endlessRebalance, noActiveMembers, idleMembers, unevenAssignment,
            rareCommits, offsetsExpiring, recordsLost, lossImminent, commitAhead,
            coordinatorUnavailable, offsetsTopicUnderReplicated, topicMissing,
        ].flatMap { rule in rule(context) }
        // A stable order: the rules' own within one severity.
        return Finding.Severity.allCases.reversed().flatMap { severity in
            found.filter { $0.severity == severity }
        }
    }
}
