import ClusterAccess
import LagModel

/// Families about single members, in catalogue order.
extension KafkaRenderer {
    mutating func renderMembers() {
        let members = snapshots.map { $0.groups.map(MemberSeries.all) }
        eachMember(Catalogue.memberSessionTimeout, members) { member, writer in
            if let timeout = member.sessionTimeout { writer.sample(timeout.seconds) }
        }
        eachMember(Catalogue.memberRebalanceTimeout, members) { member, writer in
            if let timeout = member.rebalanceTimeout { writer.sample(timeout.seconds) }
        }
        eachMember(Catalogue.memberPartitions, members) { member, writer in
            if let partitions = member.partitions {
                let mark = writer.push("current")
                writer.sample(partitions)
                writer.pop(to: mark)
            }
            guard let target = member.targetPartitions else { return }
            writer.push("target")
            writer.sample(target)
        }
        eachMember(Catalogue.memberRebalancing, members) { member, writer in
            if let isReconciling = member.isReconciling { writer.sample(isReconciling ? 1 : 0 as Int64) }
        }
    }

    /// Begins `family` and calls `body` for every member, with all labels of a member pushed.
    ///
    /// `members` has an element for each group of each snapshot.
    private mutating func eachMember(
        _ family: MetricFamily, _ members: [[[MemberSeries]]],
        _ body: (borrowing MemberSeries, inout SampleWriter) -> Void
    ) {
        var cluster = 0
        eachCluster(family) { snapshot, writer in
            let groups = snapshot.groups
            for group in groups.indices where !members[cluster][group].isEmpty {
                let groupMark = writer.push(groups[group].id.rawValue)
                for member in members[cluster][group] {
                    let mark = writer.push(member.clientID)
                    writer.push(member.name)
                    body(member, &writer)
                    writer.pop(to: mark)
                }
                writer.pop(to: groupMark)
            }
            cluster += 1
        }
    }
}

/// What is shown of one member, under labels that no other member of the group has.
struct MemberSeries {
    let clientID: String
    /// `group.instance.id` where there is one and it is this member's alone, else the member id.
    var name: String
    let memberID: String
    let sessionTimeout: Duration?
    let rebalanceTimeout: Duration?
    /// `nil` where nobody tells.
    let partitions: Int64?
    let targetPartitions: Int64?
    /// `nil` for members of classic groups.
    let isReconciling: Bool?

    private init(_ member: GroupMember) {
        clientID = member.clientID
        memberID = member.memberID
        name = member.instanceID.flatMap { $0.isEmpty ? nil : $0 } ?? member.memberID
        sessionTimeout = member.sessionTimeout
        rebalanceTimeout = member.rebalanceTimeout
        partitions = member.partitionCount.map { Int64($0) }
        targetPartitions = member.targetPartitionCount.map { Int64($0) }
        isReconciling = member.hasTarget ? member.isReconciling : nil
    }

    /// The members of a group, ascending by labels; none where the group is not exported so finely.
    static func all(of group: GroupSnapshot) -> [MemberSeries] {
        group.exportLevel.includes(.partition) ? distinct(of: group) : []
    }

    /// The same, however coarsely the group is exported.
    static func distinct(of group: GroupSnapshot) -> [MemberSeries] {
        guard let members = group.members?.members, !members.isEmpty else { return [] }
        var series = members.map(MemberSeries.init)
        order(&series)
        guard hasTwins(series) else { return series }
        // Two members may say the same instance id for a moment, and nothing keeps one from saying another's
        // member id: then all go by the member id, which the coordinator gives to one only.
        for position in series.indices { series[position].name = series[position].memberID }
        order(&series)
        guard hasTwins(series) else { return series }
        return series.enumerated().filter { position, member in
            position == 0 || !member.hasLabels(of: series[position - 1])
        }.map(\.element)
    }

    private static func order(_ series: inout [MemberSeries]) {
        let isOrdered = zip(series, series.dropFirst()).allSatisfy { !$1.precedes($0) }
        if !isOrdered { series.sort { $0.precedes($1) } }
    }

    /// Whether two in a row, which are in order, have the same labels.
    private static func hasTwins(_ series: [MemberSeries]) -> Bool {
        zip(series, series.dropFirst()).contains { $1.hasLabels(of: $0) }
    }

    private func precedes(_ other: MemberSeries) -> Bool {
        (clientID, name) < (other.clientID, other.name)
    }

    private func hasLabels(of other: MemberSeries) -> Bool {
        clientID == other.clientID && name == other.name
    }
}
