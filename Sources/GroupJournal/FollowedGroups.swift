package import ClusterAccess

/// All groups that are followed, ascending by id, as they stood when a round last asked.
///
/// A group that no record has touched since is the same value, with the same arrays and revision.
package struct FollowedGroups: Sendable {
    /// Ascending by id, each once.
    package fileprivate(set) var groups: [JournalGroup] = []
    /// Another one whenever a group has come or gone.
    package fileprivate(set) var membership: Int64 = 0
    /// Parallel to `groups`: where their partitions keep them.
    fileprivate var slots: [Int] = []
    fileprivate var revision: Int64 = 0
    fileprivate var topicNamesRevision: Int64 = 0
    fileprivate var shapes = SharedShapes()

    package init() {}

    /// Of these groups, for tests and single questions.
    package init(_ groups: [JournalGroup]) { self.groups = groups.sorted { $0.id < $1.id } }

    /// The place of a group.
    package func place(of id: GroupID) -> Int? {
        let place = groups.firstPlace { $0.id >= id }
        return place < groups.count && groups[place].id == id ? place : nil
    }
}

extension GroupJournal {
    /// Brings ``followed`` up to date with what was read of these partitions; groups of others stay as they
    /// were shown last, as long as they are there.
    ///
    /// Costs what was touched: each such group is looked at once, and its columns are shared, not copied.
    /// Where groups have come or gone the list is made anew.
    package mutating func bringUpToDate(_ wanted: some Sequence<PartitionID>) {
        touchMoved()
        touchUnnamed()
        var arrivals: [(group: JournalGroup, slot: Int)] = []
        for partition in wanted {
            if let index = indices[partition] { bringUpToDate(at: index, &arrivals) }
        }
        guard !arrivals.isEmpty || !common.departed.isEmpty else { return }
        merge(arrivals)
    }

    /// How many of the followed groups are a partition's.
    package func followedCount(in partition: PartitionID) -> Int {
        indices[partition].map { partitions[$0].followedCount } ?? 0
    }

    private mutating func touchMoved() {
        for move in common.moved {
            guard let index = indices[move.from], let slot = partitions[index].slots[move.group] else {
                continue
            }
            // At once, for the partition may not be looked at now, and no group may stand in the list twice.
            if let place = partitions[index].groups[slot].followedPlace { common.departed.append(place) }
            partitions[index].hide(slot)
            partitions[index].touch(slot)
        }
        common.moved = []
    }

    /// Names that other groups' records have told may be those of partitions that had none.
    private mutating func touchUnnamed() {
        guard common.topicNames.revision != followed.topicNamesRevision else { return }
        followed.topicNamesRevision = common.topicNames.revision
        let areAllInQuestion = common.topicNames.hasRenamed
        common.topicNames.hasRenamed = false
        for index in partitions.indices {
            let slots = areAllInQuestion ? Set(partitions[index].slots.values) : partitions[index].unnamed
            for slot in slots { partitions[index].touch(slot) }
        }
    }

    private mutating func bringUpToDate(at index: Int, _ arrivals: inout [(group: JournalGroup, slot: Int)]) {
        for slot in partitions[index].touched where partitions[index].groups[slot].isTouched {
            partitions[index].groups[slot].isTouched = false
            let place = partitions[index].groups[slot].followedPlace
            let isHome = common.homes[partitions[index].groups[slot].id] == partitions[index].id
            guard isHome, partitions[index].groups[slot].isPresent else {
                if let place { common.departed.append(place) }
                partitions[index].hide(slot)
                continue
            }
            var group = partitions[index].show(slot, common.topicNames, &followed.shapes)
            followed.revision += 1
            group.revision = followed.revision
            if let place {
                followed.groups[place] = group
            } else {
                arrivals.append((group, slot))
                partitions[index].followedCount += 1
            }
        }
        partitions[index].touched.removeAll(keepingCapacity: partitions[index].touched.count < 4_096)
    }

    private mutating func merge(_ arrivals: [(group: JournalGroup, slot: Int)]) {
        let arrivals = arrivals.sorted { $0.group.id < $1.group.id }
        var isGone = Array(repeating: false, count: followed.groups.count)
        for place in common.departed where isGone.indices.contains(place) { isGone[place] = true }
        common.departed = []
        var groups: [JournalGroup] = []
        var slots: [Int] = []
        groups.reserveCapacity(followed.groups.count + arrivals.count)
        slots.reserveCapacity(followed.groups.count + arrivals.count)
        var next = 0
        for place in followed.groups.indices where !isGone[place] {
            while next < arrivals.count, arrivals[next].group.id < followed.groups[place].id {
                groups.append(arrivals[next].group)
                slots.append(arrivals[next].slot)
                next += 1
            }
            groups.append(followed.groups[place])
            slots.append(followed.slots[place])
        }
        for arrival in arrivals[next...] {
            groups.append(arrival.group)
            slots.append(arrival.slot)
        }
        followed.groups = groups
        followed.slots = slots
        followed.membership += 1
        for place in groups.indices {
            guard let index = indices[groups[place].partition] else { continue }
            partitions[index].groups[slots[place]].followedPlace = place
        }
    }
}

extension PartitionJournal {
    /// A record has changed something of the group beside its commits.
    mutating func touch(_ slot: Int) {
        groups[slot].shownIdentity = nil
        touchCommits(of: slot)
    }

    /// A record has changed a column of the group.
    mutating func touch(column: Int, of slot: Int) {
        columns[column].isTouched = true
        touchCommits(of: slot)
    }

    private mutating func touchCommits(of slot: Int) {
        guard !groups[slot].isTouched else { return }
        groups[slot].isTouched = true
        touched.append(slot)
        // Places that were freed and used again stand in it twice; without rounds nobody takes them out.
        guard touched.count > 2 * groups.indices.count else { return }
        touched = groups.indices.filter { groups[$0].isTouched }
    }

    /// The group is not to be read by rounds, until a record touches it.
    fileprivate mutating func hide(_ slot: Int) {
        if groups[slot].followedPlace != nil { followedCount -= 1 }
        groups[slot].followedPlace = nil
        groups[slot].shownIdentity = nil
        unnamed.remove(slot)
        for column in groups[slot].columns { columns[column].isTouched = false }
    }

    /// The group as rounds are to read it from now on.
    fileprivate mutating func show(
        _ slot: Int, _ names: TopicNames, _ shapes: inout SharedShapes
    ) -> JournalGroup {
        let sorted = columnsByName(of: slot)
        groups[slot].columnsByName = sorted
        for column in sorted where columns[column].isTouched {
            columns[column].isTouched = false
            columns[column].trim(&shapes)
        }
        let identity = groups[slot].shownIdentity ?? groups[slot].identity(names)
        groups[slot].shownIdentity = identity
        if identity.hasUnnamedPartitions { unnamed.insert(slot) } else { unnamed.remove(slot) }
        return groups[slot].view(in: id, topics: sorted.map { columns[$0] }, identity: identity)
    }
}
