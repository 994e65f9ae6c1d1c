import ClusterAccess
import LagModel

// What equals what the last round gave keeps the last round's arrays: comparing it later costs nothing then,
// and histories that hold both hold one.

extension GroupFacts {
    /// The same facts, in the arrays of `old` where these are equal.
    func keeping(_ old: GroupFacts) -> GroupFacts {
        var kept = self
        if members == old.members { kept.members = old.members }
        if case .read(let offsets) = commits, case .read(let oldOffsets) = old.commits {
            kept.commits = .read(offsets.keeping(oldOffsets))
        }
        if let activity, let oldActivity = old.activity {
            kept.activity = activity == oldActivity ? oldActivity : activity
        }
        return kept
    }
}

extension CommittedOffsets {
    fileprivate func keeping(_ old: CommittedOffsets) -> CommittedOffsets {
        var kept = self
        var isSame = topics.count == old.topics.count
        for place in topics.indices where place < old.topics.count {
            guard topics[place].name == old.topics[place].name else {
                isSame = false
                continue
            }
            let topic = topics[place].keeping(old.topics[place])
            if !topic.isSame { isSame = false }
            kept.topics[place] = topic.kept
        }
        if isSame { kept.topics = old.topics }
        return kept
    }
}

extension TopicOffsets {
    fileprivate func keeping(_ old: TopicOffsets) -> (kept: TopicOffsets, isSame: Bool) {
        var kept = self
        var isSame = true
        kept.name = old.name
        if partitions == old.partitions { kept.partitions = old.partitions } else { isSame = false }
        if offsets == old.offsets { kept.offsets = old.offsets } else { isSame = false }
        if commitTimes == old.commitTimes { kept.commitTimes = old.commitTimes } else { isSame = false }
        return (kept, isSame)
    }
}
