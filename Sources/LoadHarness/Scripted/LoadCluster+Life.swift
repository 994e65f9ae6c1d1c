import ClusterAccess

/// How a scripted cluster changes while the number of its groups, topics and partitions stays.
extension LoadCluster {
    /// One round of a life in which groups, topics and members come and go, and records come as always.
    ///
    /// In each, one topic is deleted and its readers go over to a new one, one group ends and a new one
    /// begins in its place, and one changes its members.
    package mutating func live(percent: Int, at time: Int64) -> [OffsetsEntry] {
        let written = replaceTopic(at: time) + replaceGroup(at: time) + changeMembers(at: time)
        return publish(written) + churn(percent: percent, at: time)
    }

    private mutating func replaceGroup(at time: Int64) -> [OffsetsEntry] {
        let place = Int.random(in: groups.indices, using: &random)
        let gone = groups[place]
        let new = newGroup(at: place)
        groups[place] = new
        groupPlaces[gone.id] = nil
        groupPlaces[new.id] = place
        let tombstones = gone.topics.map { forgotten(gone, on: topics[$0], at: time) }
        let end = OffsetsEntry(owner: gone.owner, time: time, group: gone.id, content: .forgottenGroup)
        return tombstones + [end] + entries(of: new, at: time)
    }

    private mutating func changeMembers(at time: Int64) -> [OffsetsEntry] {
        let place = Int.random(in: groups.indices, using: &random)
        groups[place].generation += 1
        groups[place].members = Int.random(in: 1...(2 * shape.membersPerGroup), using: &random)
        return [generation(of: groups[place], at: time)]
    }

    private mutating func replaceTopic(at time: Int64) -> [OffsetsEntry] {
        let place = Int.random(in: topics.indices, using: &random)
        let gone = topics[place]
        topics[place] = newTopic(at: time)
        topicPlaces[gone.name] = nil
        topicPlaces[topics[place].name] = place
        var written: [OffsetsEntry] = []
        for reader in readers[place] {
            groups[reader].generation += 1
            let group = groups[reader]
            written.append(forgotten(group, on: gone, at: time))
            written.append(generation(of: group, at: time))
            written.append(commits(of: group, on: place, at: time))
        }
        return written
    }

    private func forgotten(_ group: LoadGroup, on topic: LoadTopic, at time: Int64) -> OffsetsEntry {
        OffsetsEntry(
            owner: group.owner, time: time, group: group.id,
            content: .forgottenCommits(topic.name, partitions: topic.partitions))
    }
}
