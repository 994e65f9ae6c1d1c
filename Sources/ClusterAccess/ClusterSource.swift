/// One Kafka cluster as the rounds see it; librdkafka, a scripted test double and the demo all conform.
///
/// Every call is safe from any task, never blocks the cooperative pool and ends by its own deadline. Requests
/// in flight are bounded by the implementation; callers may start as many as they like.
package protocol ClusterSource: Sendable {
    /// Brokers, topics and leaders; also refreshes what the client itself knows of leaders.
    func metadata() async throws(ClusterError) -> ClusterMetadata

    /// Groups that `broker` coordinates.
    func listGroups(on broker: BrokerID) async throws(ClusterError) -> GroupListingReply

    /// Members of `groups`, all coordinated by `broker`; one answer for each, with its own error.
    func describeGroups(_ groups: [GroupID], on broker: BrokerID) async -> [GroupDescription]

    /// All commits of `group`, asked of its coordinator `broker`.
    ///
    /// An unknown group answers with nothing and no error, as Kafka does.
    func committedOffsets(
        of group: GroupID, on broker: BrokerID
    ) async throws(ClusterError) -> CommittedOffsets

    /// One end of the log for partitions led by `leader`, chunked; what fails is in the reply's failures.
    func logOffsets(
        _ kind: LogOffsetKind, of partitions: [TopicPartitions], leader: BrokerID
    ) async -> LogOffsets

    /// The first record of each partition that is at least as new as a time; chunked, failures in the reply.
    ///
    /// Partitions are led by `leader`; needs the right to Describe the topic, and reads no record.
    func offsets(atTimes queries: [TopicTimes], leader: BrokerID) async -> TimeLookup

    /// Values of some settings of topics, or of `broker` itself, asked of that broker in one request for
    /// each; one answer for each resource in the order asked, with its own error.
    func configurations(
        of resources: [ConfigurationResource], settings: [String], on broker: BrokerID
    ) async -> [ConfigurationReply]

    /// Counters of what was sent so far.
    func requestStatistics() -> RequestStatistics

    /// Ends outstanding calls with ``ClusterError/Reason/closed`` and frees everything; later calls fail so
    /// too.
    func close() async
}
