import LagAnalysis
import LagModel
import StructuredLog

/// Keeping a cluster within its limit of series, and saying so.
extension ClusterMonitor {
    /// Decides how fine a snapshot is exported; a change is logged once.
    func fold(_ snapshot: inout ClusterSnapshot) {
        guard let change = series.fill(&snapshot) else { return }
        let plan = snapshot.series
        let fields: KeyValuePairs = [
            "limit": "\(plan.limit ?? 0)", "exported": "\(plan.exported ?? 0)",
            "folded": "\(plan.folded.total)", "groups": "\(snapshot.groups.count { $0.fold > .partition })",
        ]
        switch change {
        case .foldingBegan:
            logger.warn(
                "limits.series is reached: the least lagging groups are exported more coarsely", fields)
        case .limitExceeded:
            logger.warn(
                "limits.series is too small: even the summaries of all groups and topics are more", fields)
        case .foldingEnded:
            logger.info("limits.series suffices again: all groups are exported as configured")
        }
    }
}
