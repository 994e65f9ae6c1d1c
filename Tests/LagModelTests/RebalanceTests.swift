import ClusterAccess
import LagModel
import LagwardenTestKit
import Testing

@Suite("Rebalances seen by polling")
struct RebalanceTests {
    /// What one round sees: a state and the names of the members, `nil` when unknown.
    struct Sight: Sendable {
        var state: GroupState?
        var members: String?

        init(_ state: GroupState?, _ members: String?) {
            self.state = state
            self.members = members
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var sights: [Sight]
        var type: GroupType = .classic
        var count: Int64
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "what is seen first is no rebalance",
            sights: [.init(.preparingRebalance, nil), .init(.stable, "a")], count: 0),
        Case(name: "nothing happens", sights: [.init(.stable, "ab"), .init(.stable, "ba")], count: 0),
        Case(
            name: "a member joins between rounds", sights: [.init(.stable, "a"), .init(.stable, "ab")],
            count: 1),
        Case(
            name: "seen in progress and its result count once",
            sights: [
                .init(.stable, "a"), .init(.preparingRebalance, nil), .init(.completingRebalance, nil),
                .init(.stable, "ab"),
            ], count: 1),
        Case(
            name: "in progress without a change of members",
            sights: [.init(.stable, "a"), .init(.preparingRebalance, nil), .init(.stable, "a")], count: 1),
        Case(name: "the last member leaves", sights: [.init(.stable, "a"), .init(.empty, "")], count: 1),
        Case(name: "the first member comes", sights: [.init(.empty, ""), .init(.stable, "a")], count: 1),
        Case(
            name: "the coordinator cannot be asked meanwhile",
            sights: [.init(.stable, "a"), .init(nil, nil), .init(.stable, "a")], count: 0),
        Case(
            name: "a KIP-848 group whose members are unknown",
            sights: [
                .init(.stable, nil), .init(.reconciling, nil), .init(.stable, nil), .init(.assigning, nil),
            ], type: .consumer, count: 2),
    ]

    @Test(arguments: cases)
    func countsALowerBound(_ row: Case) throws {
        var script = RoundScript()
        var last: ClusterSnapshot?
        for sight in row.sights {
            let members = sight.members.map { names in names.map { GroupMember(memberID: String($0)) } }
            last = script.round(
                nil, .init(commits: [:], state: sight.state, members: members, type: row.type))
        }
        #expect(try #require(last?.onlyGroup).rebalances.count == row.count)
    }

    /// The same rules, on sets that are all kept and compared.
    private static func count(_ sights: [Sight]) -> Int64 {
        var (count, isInProgress): (Int64, Bool) = (0, false)
        var (seen, members): (GroupState?, Set<Character>?) = (nil, nil)
        for sight in sights {
            guard let state = sight.state else { continue }
            if state.isRebalancing {
                if !isInProgress, seen != nil { count += 1 }
                isInProgress = true
            } else {
                if let names = sight.members {
                    if let members, members != Set(names), !isInProgress { count += 1 }
                    members = Set(names)
                }
                isInProgress = false
            }
            seen = state
        }
        return count
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `members that are those of the round before are not looked at, and nothing is missed`(
        seed: UInt64
    ) throws {
        var random = SeededRandom(seed: seed)
        var script = RoundScript()
        var sights: [Sight] = []
        for _ in 0..<40 {
            let states: [GroupState?] = [nil, .stable, .stable, .stable, .empty, .preparingRebalance]
            let names: [String?] = [nil, "", "a", "ab", "b"]
            // Often the same as before.
            var sight = sights.last ?? Sight(.stable, "a")
            if Int.random(in: 0..<3, using: &random) == 0 {
                sight.state = states[Int.random(in: states.indices, using: &random)]
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                sight.members = names[Int.random(in: names.indices, using: &random)]
            }
            sights.append(sight)
            let members = sight.members.map { names in names.map { GroupMember(memberID: String($0)) } }
            let snapshot = script.round(nil, .init(commits: [:], state: sight.state, members: members))
            #expect(try #require(snapshot.onlyGroup).rebalances.count == Self.count(sights), "\(sights)")
        }
    }

    @Test func aStaticMemberThatComesBackIsTheSameMember() throws {
        var script = RoundScript()
        var last: ClusterSnapshot?
        for id in ["m-1", "m-2"] {
            last = script.round(
                nil, .init(commits: [:], members: [GroupMember(memberID: id, instanceID: "static")]))
        }
        #expect(try #require(last?.onlyGroup).rebalances.count == 0)
    }

    @Test func anotherAssignmentIsARebalanceForClassicGroupsOnly() throws {
        for (type, count) in [(GroupType.classic, Int64(1)), (.consumer, 0)] {
            var script = RoundScript()
            var last: ClusterSnapshot?
            for partition in [Int32(0), 1] {
                let member = GroupMember(
                    memberID: "m",
                    assignment: [TopicPartitions(topic: "t", partitions: [PartitionID(partition)])])
                last = script.round(nil, .init(commits: [:], members: [member], type: type))
            }
            #expect(try #require(last?.onlyGroup).rebalances.count == count)
        }
    }
}
