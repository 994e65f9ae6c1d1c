import ClusterAccess
import Incidents
import LagModel

extension GroupCondition {
    /// What a snapshot says of a group, as far as incidents are judged by it; what is unknown stays absent.
    init(_ group: GroupSnapshot, in snapshot: ClusterSnapshot) {
        let passed = snapshot.timeSinceAges(of: group)
        self.init(
            group: group.id.rawValue, status: group.evaluation?.status.map(Status.init),
            lag: group.totals?.lag, lagAge: snapshot.lagAge(of: group)?.age,
            rebalances: Count(group.rebalances.count, isExact: group.rebalances.isExact),
            lossMargin: group.topics.compactMap { $0.lossMargin(after: passed) }.min())
    }
}

extension GroupCondition.Status {
    init(_ status: GroupStatus) {
        self =
            switch status {
            case .ok: .ok
            case .warn: .warn
            case .err: .err
            case .notFound: .notFound
            }
    }
}
