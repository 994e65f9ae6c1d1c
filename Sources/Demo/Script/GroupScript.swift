package import ClusterAccess

/// Plays one group on paper: who owns which partition, how far each was read, what is committed when.
///
/// Pure: the plan of members, the log and the time come from outside. It stands in for Kafka's coordinator
/// and for the clients, which the embedded cluster does not have.
package struct GroupScript: Sendable {
    package let part: GroupPart
    private let partitions: Int
    /// Next record to be read, by partition.
    private var positions: [Int64]
    /// Offsets by partition; `nil` where nothing was committed.
    package private(set) var committed: [Int64?]
    /// Members in the order of their numbers.
    package private(set) var members: [Member] = []
    package private(set) var generation: Int32 = 0
    private var joined = 0
    private var lastTime: Duration = .zero
    private var nextCommit: Duration

    static let commitInterval = Duration.seconds(1)

    package init(part: GroupPart, partitions: Int) {
        self.part = part
        self.partitions = partitions
        positions = Array(repeating: 0, count: partitions)
        committed = Array(repeating: nil, count: partitions)
        nextCommit = Self.commitInterval
    }

    package struct Member: Hashable, Sendable {
        package var number: Int
        /// Distinct for every time that a member joins.
        package var memberID: String
        package var partitions: [PartitionID]
        var pace: MemberPlan.Pace
        /// Thousandths of a record that may be read already.
        var credit: Int64 = 0
    }

    /// What a step leads to.
    package struct Step: Hashable, Sendable {
        /// Partitions whose commit changes, with the new offset.
        package var commits: [Commit] = []
        /// The group has another generation than before.
        package var isNewGeneration = false

        package struct Commit: Hashable, Sendable {
            package var partition: PartitionID
            package var offset: Int64
        }
    }

    /// Lets the group read until `time` what lies between log start and end, and commit when it is due.
    package mutating func advance(
        to time: Duration, plan: [MemberPlan], logStarts: [Int64], logEnds: [Int64]
    ) -> Step {
        var step = Step()
        let milliseconds = max(0, (time - lastTime).wholeMilliseconds)
        lastTime = max(time, lastTime)
        for index in members.indices {
            read(by: index, milliseconds: milliseconds, logStarts: logStarts, logEnds: logEnds)
        }
        let changes = plan.map(\.number) != members.map(\.number)
        if time >= nextCommit || changes {
            step.commits = commit()
            nextCommit = time + Self.commitInterval
        }
        if changes {
            rebalance(plan)
            step.isNewGeneration = true
        }
        for index in members.indices { members[index].pace = plan[index].pace }
        return step
    }

    private mutating func read(by index: Int, milliseconds: Int64, logStarts: [Int64], logEnds: [Int64]) {
        let owned = members[index].partitions.map { Int($0.rawValue) }
        var budget: Int64
        switch members[index].pace {
        case .unlimited: budget = .max
        case .recordsPerSecond(0): return
        case .recordsPerSecond(let rate):
            members[index].credit += Int64(rate) * milliseconds
            budget = members[index].credit / 1_000
        }
        // What was deleted cannot be read: a consumer goes on at the log start.
        for partition in owned { positions[partition] = max(positions[partition], logStarts[partition]) }
        let available = { (partition: Int, positions: [Int64]) in
            max(0, logEnds[partition] - positions[partition])
        }
        let emptiestFirst = owned.sorted { available($0, positions) < available($1, positions) }
        var read: Int64 = 0
        for (done, partition) in emptiestFirst.enumerated() {
            let share = budget / Int64(owned.count - done)
            let count = min(available(partition, positions), share)
            positions[partition] += count
            budget -= count
            read += count
        }
        // Unused credit is not saved up beyond a second.
        if case .recordsPerSecond(let rate) = members[index].pace {
            members[index].credit = min(members[index].credit - read * 1_000, Int64(rate) * 1_000)
        }
    }

    private mutating func commit() -> [Step.Commit] {
        var commits: [Step.Commit] = []
        let owned = members.flatMap(\.partitions).sorted()
        for partition in owned {
            let index = Int(partition.rawValue)
            guard positions[index] > 0, committed[index] != positions[index] else { continue }
            committed[index] = positions[index]
            commits.append(Step.Commit(partition: partition, offset: positions[index]))
        }
        return commits
    }

    /// Deals the partitions out in ranges, as Kafka's range assignor does.
    private mutating func rebalance(_ plan: [MemberPlan]) {
        generation &+= 1
        let plans = plan.count
        let staying = Dictionary(members.map { ($0.number, $0.memberID) }) { first, _ in first }
        var next = 0
        var newMembers: [Member] = []
        for (index, plan) in plan.enumerated() {
            let size = partitions / plans + (index < partitions % plans ? 1 : 0)
            let owned = (next..<(next + size)).map { PartitionID(Int32(clamping: $0)) }
            next += size
            newMembers.append(
                Member(
                    number: plan.number, memberID: staying[plan.number] ?? makeMemberID(plan.number),
                    partitions: owned, pace: plan.pace))
        }
        members = newMembers
    }

    /// Client id and a number, where Kafka's coordinator adds a random identifier.
    private mutating func makeMemberID(_ number: Int) -> String {
        joined += 1
        return "\(part.group)-\(number)-\(joined)"
    }
}
