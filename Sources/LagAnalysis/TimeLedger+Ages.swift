import ClusterAccess
import LagModel

extension TimeLedger {
    /// Gives every partition of the snapshot its age.
    ///
    /// Columns hold moments, so those of readers that stand still, on topics that were not looked at, are
    /// taken over. Where that is so of all topics of a group, its greatest ages stay as of when they were
    /// told.
    func fill(
        _ snapshot: inout ClusterSnapshot, _ samples: SampleLedger?, _ changes: inout RoundChanges?,
        absent: inout [TimeLookupStatus.Absence: Int]
    ) {
        let now = snapshot.endOffsetsRead.wall
        for number in snapshot.groups.indices {
            let lag = snapshot.groups[number].totals.map { $0.partitions == 0 ? 0 : $0.lag } ?? 0
            let isStill = changes?.groups[number].isSame == true
            if isStill, lag == 0 || canAge(snapshot.groups[number]) { continue }
            if isStill { snapshot.ageGroup(at: number) }
            var oldest: LagAge?
            var isKnown = snapshot.groups[number].totals?.unknownPartitions == 0
            for place in snapshot.groups[number].topics.indices {
                let isSame = changes?.groups[number].isSame(topic: place) ?? false
                if !isSame || isOpen(snapshot.groups[number].topics[place]) {
                    let topic = snapshot.groups[number].topics[place]
                    let column = column(of: topic, in: snapshot, samples, absent: &absent)
                    if column != topic.lagAges {
                        if isSame { changes?.groups[number].hasNewAges = true }
                        snapshot.groups[number].topics[place].lagAges = column
                    }
                }
                let totals = snapshot.groups[number].topics[place].totals
                let age =
                    totals.unknownPartitions == 0
                    ? snapshot.groups[number].topics[place].lagAges?.maximum(at: now) : nil
                if age != snapshot.groups[number].topics[place].lagAge {
                    snapshot.groups[number].topics[place].lagAge = age
                }
                if let age {
                    if age.age > oldest?.age ?? .seconds(-1) { oldest = age }
                } else if !snapshot.groups[number].topics[place].partitions.isEmpty {
                    isKnown = false
                }
            }
            if !isKnown { oldest = nil }
            if snapshot.groups[number].lagAge != oldest { snapshot.groups[number].lagAge = oldest }
            let told = lag == 0 ? nil : now
            if snapshot.groups[number].agesTold != told { snapshot.groups[number].agesTold = told }
        }
    }

    /// Whether the ages of a group that stands still are those that were told, and older.
    private func canAge(_ group: borrowing GroupSnapshot) -> Bool {
        guard group.agesTold != nil else { return false }
        let topics = group.topics.span
        for place in topics.indices {
            // The age of what is not yet written does not grow.
            if isOpen(topics[place])
                || topics[place].lagAge.map({ $0.age == .zero }) ?? false
                    && topics[place].totals.lag != 0
            {
                return false
            }
        }
        return true
    }

    /// Whether the ages of a reader that stands still may be others than they were.
    private func isOpen(_ topic: borrowing GroupTopicSnapshot) -> Bool {
        guard topic.totals.lag != 0 || topic.totals.unknownPartitions > 0, let index = topic.topicIndex else {
            return false
        }
        return topics[index].isOpen
    }

    /// The ages of a group's partitions of one topic, and why some are absent.
    private func column(
        of topic: GroupTopicSnapshot, in snapshot: ClusterSnapshot, _ samples: SampleLedger?,
        absent: inout [TimeLookupStatus.Absence: Int]
    ) -> LagAgeColumn {
        if topic.totals.lag == 0, topic.totals.unknownPartitions == 0 {
            return LagAgeColumn(caughtUpCount: topic.partitions.count)
        }
        let now = snapshot.endOffsetsRead.wall
        var column = LagAgeColumn(unknownCount: topic.partitions.count)
        let known = topic.topicIndex.map { topics[$0].places } ?? []
        var next = 0
        for position in topic.partitions.indices {
            guard let lag = snapshot.lag(of: topic, at: position)?.lag else { continue }
            if lag == 0 {
                column.setCaughtUp(at: position)
                continue
            }
            let partition = topic.partitions[position]
            if let samples, let age = samples.age(of: topic, at: position, in: snapshot) {
                column[position, at: now] = age
                continue
            }
            while next < known.count, known[next].partition < partition { next += 1 }
            let place = next < known.count && known[next].partition == partition ? known[next] : nil
            switch age(of: topic.committed[position], in: place, now: now) {
            case .success(let age): column[position, at: now] = age
            case .failure(let reason): absent[reason, default: 0] += 1
            }
        }
        return column
    }

    private func age(
        of offset: Int64, in place: Place?, now: WallTime
    ) -> Result<LagAge, TimeLookupStatus.Absence> {
        if let bracket = place?.index.bracket(of: offset, now: now), bracket.isTelling(at: now, tolerance) {
            return .success(bracket.age(at: now))
        }
        if place?.index.lacksTimestamps(from: offset) == true { return .failure(.noTimestamps) }
        return .failure(place?.failure.map { .failed($0) } ?? .pending)
    }
}
