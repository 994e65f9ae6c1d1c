package import ClusterAccess

extension GroupSnapshot {
    /// The group as it is `now`, if nothing has happened since ``agesTold``.
    package func aged(to now: WallTime) -> GroupSnapshot {
        var group = self
        group.age(to: now)
        return group
    }

    /// The same of the group where it stands.
    fileprivate mutating func age(to now: WallTime) {
        guard let agesTold, agesTold != now else { return }
        let passed = now.microseconds(since: agesTold)
        self.agesTold = now
        lagAge = lagAge(after: passed)
        for place in topics.indices {
            topics[place].lagAge = topics[place].lagAge(after: passed)
            topics[place].lossMargin = topics[place].lossMargin(after: passed)
        }
        for place in findings.indices { findings[place] = findings[place].aged(by: passed) }
    }

    /// ``lagAge`` some time later, if nothing happens.
    fileprivate func lagAge(after passed: Duration) -> LagAge? {
        totals?.lag == 0 ? lagAge : lagAge?.aged(by: passed)
    }
}

extension ClusterSnapshot {
    /// Brings a group to the reading of the end offsets, as if nothing had happened since
    /// ``GroupSnapshot/agesTold``.
    package mutating func ageGroup(at place: Int) {
        // A look first: what is shared is copied by writing, even where nothing becomes different.
        guard let told = groups[place].agesTold, told != endOffsetsRead.wall else { return }
        groups[place].age(to: endOffsetsRead.wall)
    }

    /// Time from when a group's ages were told to the reading of the end offsets.
    package func timeSinceAges(of group: borrowing GroupSnapshot) -> Duration {
        group.agesTold.map { endOffsetsRead.wall.microseconds(since: $0) } ?? .zero
    }

    /// Age of the oldest unread record of a group when the end offsets were read.
    package func lagAge(of group: borrowing GroupSnapshot) -> LagAge? {
        group.lagAge(after: timeSinceAges(of: group))
    }
}

extension GroupTopicSnapshot {
    /// ``lagAge`` some time later, if nothing happens.
    package func lagAge(after passed: Duration) -> LagAge? {
        totals.lag == 0 ? lagAge : lagAge?.aged(by: passed)
    }

    /// ``lossMargin`` some time later, if nothing happens.
    package func lossMargin(after passed: Duration) -> Duration? {
        lossMargin.map { max(.zero, $0 - passed) }
    }
}

extension LagAge {
    fileprivate func aged(by passed: Duration) -> LagAge {
        LagAge(age: max(.zero, age + passed), error: error)
    }
}
