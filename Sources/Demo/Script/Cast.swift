package import ClusterAccess

/// Who plays in the demo: topics with their writers, and groups with their manners.
package struct Cast: Sendable {
    package var topics: [TopicPart]
    package var groups: [GroupPart]

    /// The standard cast; `prefix` stands before every name, to tell them apart on somebody's cluster.
    package static func standard(prefix: String = "") -> Cast {
        func topic(_ name: String) -> TopicName { TopicName(prefix + name) }
        func group(
            _ name: String, reads source: String, members: Int, _ manner: GroupPart.Manner
        ) -> GroupPart {
            GroupPart(group: GroupID(prefix + name), topic: topic(source), members: members, manner: manner)
        }
        return Cast(
            topics: [
                TopicPart(name: topic("orders"), partitions: 6, recordsPerSecond: 300, recordBytes: 120),
                TopicPart(name: topic("payments"), partitions: 4, recordsPerSecond: 100, recordBytes: 120),
                TopicPart(
                    name: topic("clicks"), partitions: 2, recordsPerSecond: 400, recordBytes: 2_000,
                    keptRecords: 2_500),
                // Nobody has written to it yet, so its reader has nothing to commit.
                TopicPart(name: topic("returns"), partitions: 2, recordsPerSecond: 0, recordBytes: 120),
            ],
            groups: [
                group("audit-stopped", reads: "payments", members: 2, .stops(after: .seconds(6))),
                group("billing-keeps-up", reads: "orders", members: 3, .keepsUp),
                group("clicks-losing-records", reads: "clicks", members: 2, .fallsBehind(percent: 30)),
                group("mail-idle-members", reads: "payments", members: 5, .keepsUp),
                group("newcomer-no-commits", reads: "returns", members: 1, .keepsUp),
                group("orders-rebalancing", reads: "orders", members: 2, .rebalances(every: .seconds(8))),
                group(
                    "payments-one-stuck", reads: "payments", members: 4,
                    .oneMemberSticks(after: .seconds(5))),
                group(
                    "reports-in-bursts", reads: "payments", members: 1,
                    .readsInBursts(rest: .seconds(40), work: .seconds(20))),
                group("search-falls-behind", reads: "orders", members: 2, .fallsBehind(percent: 60)),
            ])
    }

    package init(topics: [TopicPart], groups: [GroupPart]) {
        self.topics = topics
        self.groups = groups
    }

    package func topic(_ name: TopicName) -> TopicPart? { topics.first { $0.name == name } }

    /// Members of `group` at `time`, and how fast each of them reads.
    package func members(of group: GroupPart, at time: Duration) -> [MemberPlan] {
        group.members(at: time, topicRate: topic(group.topic)?.recordsPerSecond ?? 0)
    }
}

/// A topic and how it is written.
package struct TopicPart: Hashable, Sendable {
    package var name: TopicName
    package var partitions: Int
    /// Over all partitions together.
    package var recordsPerSecond: Int
    package var recordBytes: Int
    /// Records kept in each partition, older ones are deleted; `nil` keeps what the cluster keeps.
    ///
    /// The embedded cluster keeps 5 MB of each partition whatever this says, which for the standard cast is
    /// as much.
    package var keptRecords: Int?

    package init(
        name: TopicName, partitions: Int, recordsPerSecond: Int, recordBytes: Int, keptRecords: Int? = nil
    ) {
        self.name = name
        self.partitions = partitions
        self.recordsPerSecond = recordsPerSecond
        self.recordBytes = recordBytes
        self.keptRecords = keptRecords
    }

    package var partitionIDs: [PartitionID] { (0..<partitions).map { PartitionID(Int32(clamping: $0)) } }
}

/// A group and its manner of reading.
package struct GroupPart: Hashable, Sendable {
    package var group: GroupID
    package var topic: TopicName
    /// Members when it is complete.
    package var members: Int
    package var manner: Manner

    package init(group: GroupID, topic: TopicName, members: Int, manner: Manner) {
        self.group = group
        self.topic = topic
        self.members = members
        self.manner = manner
    }

    package enum Manner: Hashable, Sendable {
        case keepsUp
        /// Reads so much of what is written.
        case fallsBehind(percent: Int)
        /// Keeps up, then all members leave.
        case stops(after: Duration)
        /// Keeps up while one more member comes and goes.
        case rebalances(every: Duration)
        /// Rests first, then reads at five times the pace of the writer, and so on.
        case readsInBursts(rest: Duration, work: Duration)
        /// Keeps up, until the first member stops reading without leaving.
        case oneMemberSticks(after: Duration)
    }

    func members(at time: Duration, topicRate: Int) -> [MemberPlan] {
        func all(_ count: Int, _ pace: MemberPlan.Pace) -> [MemberPlan] {
            (0..<count).map { MemberPlan(number: $0, pace: pace) }
        }
        switch manner {
        case .keepsUp: return all(members, .unlimited)
        case .fallsBehind(let percent):
            return all(members, .recordsPerSecond(topicRate * percent / 100 / max(1, members)))
        case .stops(let end): return time < end ? all(members, .unlimited) : []
        case .rebalances(let period):
            let isComplete = Int(time / period).isMultiple(of: 2)
            return all(isComplete ? members : members + 1, .unlimited)
        case .readsInBursts(let rest, let work):
            let cycle = rest + work
            let phase = time - cycle * Int(time / cycle)
            // It reads a little at first, so that it has a commit to be behind of.
            let reads = phase >= rest || time < .seconds(2)
            return all(members, .recordsPerSecond(reads ? topicRate * 5 / max(1, members) : 0))
        case .oneMemberSticks(let start):
            var plans = all(members, .unlimited)
            if time >= start, !plans.isEmpty { plans[0].pace = .recordsPerSecond(0) }
            return plans
        }
    }
}

/// One member at one time.
package struct MemberPlan: Hashable, Sendable {
    /// From 0; the same number is the same member as long as it stays.
    package var number: Int
    package var pace: Pace

    package enum Pace: Hashable, Sendable {
        case unlimited
        case recordsPerSecond(Int)
    }
}
