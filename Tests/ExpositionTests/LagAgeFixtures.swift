import ClusterAccess
import LagModel

extension SnapshotFixtures {
    /// Gives the group `billing` lag in seconds, and the cluster what that has cost.
    static func addLagAges(to snapshot: inout ClusterSnapshot) {
        snapshot.timeLookups = TimeLookupStatus(
            requests: 12, pending: 1, absent: [.pending: 1, .noTimestamps: 2, .failed(.notLeader): 3])
        snapshot.lagSamples = LagSampleStatus(
            outcomes: [.record: 40, .markers: 2, .failed(.topicUnauthorized): 3])
        guard let group = snapshot.groups.firstIndex(where: { $0.id == "billing" }) else { return }
        var ages = LagAgeColumn(unknownCount: 2)
        let now = snapshot.endOffsetsRead.wall
        ages[0, at: now] = LagAge(age: .microseconds(83_200_250), error: .microseconds(450_100))
        ages.setCaughtUp(at: 1)
        snapshot.groups[group].topics[0].lagAges = ages
        snapshot.groups[group].topics[0].lagAge = ages.maximum(at: now)
        snapshot.groups[group].lagAge = ages.maximum(at: now)
    }
}
