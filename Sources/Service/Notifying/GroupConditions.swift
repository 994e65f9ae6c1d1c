import ClusterAccess
import Incidents
import LagModel

extension GroupCondition {
    /// What a snapshot says of a group, as far as incidents are judged by it; what is unknown stays absent.
    init(_ group: GroupSnapshot) {
        self.init(
            group: group.id.rawValue, lag: group.totals?.lag,
            rebalances: Count(group.rebalances.count, isExact: group.rebalances.isExact))
    }
}
