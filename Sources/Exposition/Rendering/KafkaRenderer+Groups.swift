import ClusterAccess
import LagModel

/// Families about groups and their members, and what could not be read, in catalogue order.
extension KafkaRenderer {
    mutating func renderGroups() {
        eachGroup(Catalogue.groupInfo) { _, groups, row, writer in
            guard groups[row].isIdentityKnown else { return }
            writer.push(groups[row].type?.rawValue ?? "")
            writer.push(groups[row].protocolType)
            writer.push(groups[row].assignor)
            writer.push(groups[row].coordinator.map { "\($0)" } ?? "")
            writer.sample(1 as Int64)
        }
        eachGroup(Catalogue.groupState) { _, groups, row, writer in
            guard let present = groups[row].state else { return }
            for state in GroupState.allCases {
                let mark = writer.push(state.rawValue)
                writer.sample(state == present ? 1 : 0 as Int64)
                writer.pop(to: mark)
            }
        }
        eachGroup(Catalogue.groupStateSeconds) { snapshot, groups, row, writer in
            guard groups[row].state != nil, let time = snapshot.timeInState(of: groups[row]) else { return }
            writer.sample(time.seconds)
        }
        groupValues(Catalogue.groupMembers) { groups, row in
            groups[row].members.map { Int64($0.members.count) }
        }
        groupValues(Catalogue.groupPartitions) { groups, row in
            groups[row].totals.map { Int64($0.partitions) }
        }
        groupValues(Catalogue.groupIdleMembers) { groups, row in
            groups[row].members?.idleCount.map { Int64($0) }
        }
        groupValues(Catalogue.groupMemberPartitionsMax) { groups, row in
            groups[row].members?.partitionsMax.map { Int64($0) }
        }
        groupValues(Catalogue.groupMemberPartitionsMin) { groups, row in
            groups[row].members?.partitionsMin.map { Int64($0) }
        }
        groupValues(Catalogue.groupUnassignedPartitions) { groups, row in
            groups[row].unassignedPartitions.map { Int64($0) }
        }
    }

    mutating func renderReasons() {
        eachCluster(Catalogue.snapshotTimestamp) { snapshot, writer in
            writer.sample(snapshot.endOffsetsRead.wall.secondsSince1970)
        }
        eachCluster(Catalogue.unavailable) { snapshot, writer in
            for scope in ClusterSnapshot.Unavailable.Scope.allCases {
                let scopeMark = writer.push(scope.rawValue)
                for reason in ClusterError.Reason.allCases {
                    let key = ClusterSnapshot.Unavailable(scope: scope, reason: reason)
                    guard let count = snapshot.unavailable[key], count > 0 else { continue }
                    let mark = writer.push(reason.rawValue)
                    writer.sample(Int64(count))
                    writer.pop(to: mark)
                }
                writer.pop(to: scopeMark)
            }
        }
        eachGroup(Catalogue.groupUnavailable) { _, groups, row, writer in
            guard let reason = groups[row].unavailable else { return }
            writer.push(reason.rawValue)
            writer.sample(1 as Int64)
        }
    }
}

extension GroupSnapshot {
    /// Whether anything is known that `kafka_consumer_group_info` would say.
    var isIdentityKnown: Bool {
        type != nil || coordinator != nil || !protocolType.isEmpty || !assignor.isEmpty
    }
}
