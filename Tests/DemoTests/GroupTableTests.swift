import ClusterAccess
import Demo
import OffsetsTopic
import Testing

/// Answers of a coordinator, made of records.
@Suite struct GroupTableTests {
    private func commit(_ partition: Int32, _ offset: Int64?, group: GroupID = "g") -> OffsetsRecord {
        .offsetCommit(
            OffsetCommitKey(group: group, topic: "t", partition: PartitionID(partition)),
            offset.map { OffsetCommitValue(offset: $0, commitTimestamp: 1) })
    }

    private func generation(members: Int, protocolType: String = "consumer") -> OffsetsRecord {
        let assignment = ConsumerAssignment(
            partitions: [TopicPartitions(topic: "t", partitions: [PartitionID(0)])])
        return .groupMetadata(
            "g",
            GroupMetadataValue(
                protocolType: protocolType, generation: 3, protocolName: "range",
                members: (0..<members).map {
                    .init(
                        memberID: "m\($0)", clientID: "c", clientHost: "/h", sessionTimeout: 1,
                        assignment: assignment.encoded())
                }))
    }

    private func table(_ records: [OffsetsRecord]) -> GroupTable {
        var table = GroupTable()
        for record in records { table.apply(record) }
        return table
    }

    @Test func theLastCommitCounts() {
        let table = table([commit(1, 5), commit(0, 7), commit(1, 9)])
        #expect(
            table.commits(of: "g").topics
                == [.init(name: "t", partitions: [PartitionID(0), PartitionID(1)], offsets: [7, 9])])
        #expect(
            table.listing { _ in true } == [
                GroupListing(group: "g", state: .empty, isSimple: true, type: .simple)
            ])
    }

    @Test func membersMakeAGroupStable() {
        let table = table([generation(members: 2), commit(0, 1)])
        #expect(table.listing { _ in true } == [GroupListing(group: "g", state: .stable, type: .classic)])
        let description = table.description(of: "g")
        #expect(description.assignor == "range")
        #expect(description.members.map(\.memberID) == ["m0", "m1"])
        #expect(
            description.members[0].assignment
                == [TopicPartitions(topic: "t", partitions: [PartitionID(0)])])
    }

    @Test func withoutMembersItIsEmpty() {
        let table = table([generation(members: 2), generation(members: 0)])
        #expect(table.listing { _ in true } == [GroupListing(group: "g", state: .empty, type: .classic)])
    }

    @Test func tombstonesEndCommitsAndGroups() {
        #expect(table([commit(0, 1), commit(0, nil)]).listing { _ in true }.isEmpty)
        #expect(
            table([generation(members: 1), commit(0, 1), .groupMetadata("g", nil)]).listing { _ in true }
                == [GroupListing(group: "g", state: .empty, isSimple: true, type: .simple)])
        #expect(table([generation(members: 1), .groupMetadata("g", nil)]).listing { _ in true }.isEmpty)
        #expect(table([commit(0, -1)]).commits(of: "g").topics.isEmpty)
    }

    @Test func onlyGroupsOfTheBrokerAreListed() {
        let table = table([commit(0, 1), commit(0, 1, group: "h")])
        #expect(table.listing { $0 == "h" }.map(\.group) == ["h"])
        #expect(table.description(of: "nobody").state == .dead)
    }

    @Test func recordsThatSayNothingAreCounted() {
        let table = table([.skipped(.noKey), .skipped(.noKey), .skipped(.unknownType(9))])
        #expect(table.skipped == [.noKey: 2, .unknownType(9): 1])
    }
}
