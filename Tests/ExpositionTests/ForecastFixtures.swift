import ClusterAccess
import LagModel

extension ClusterSnapshot {
    /// Adds forecasts, settings and findings: the first group does not catch up, the second is without lag.
    mutating func foresee() {
        topics[0].retention = TopicRetention(time: .seconds(604_800), bytes: 1_073_741_824)
        topics[0].underReplicatedPartitions = 1
        offsetsTopicReplication = OffsetsTopicReplication(partitionCount: 50, underReplicated: [3, 4])
        groups[0].outlook = GroupOutlook(catchUp: .milliseconds(4_000), isCatchUpImpossible: false)
        groups[0].topics[0].lossMargin = .milliseconds(3_600_500)
        groups[0].findings = [
            Finding(.recordsLost, .critical, "One.", topic: "orders", partition: 0),
            Finding(.hotPartition, .warning, "Two.", topic: "orders", partition: 0),
            Finding(.hotPartition, .warning, "Three.", topic: "parcels", partition: 1),
        ]
        groups[1].outlook = GroupOutlook(isCatchUpImpossible: true)
        groups[1].topics[0].lossMargin = .zero
    }
}
