package import ClusterAccess

/// A cluster on which the cast plays: embedded, or a real Kafka.
package protocol Venue: Sendable {
    /// The cluster as the exporter is to watch it; whoever gets it closes it, before the venue.
    func makeSource() async throws(ClusterError) -> any ClusterSource & OffsetsFeedProvider

    /// Whether there are coordinators to ask beside the offsets topic.
    nonisolated var hasCoordinators: Bool { get }

    /// Makes the topics.
    func open() async throws(ClusterError)

    /// Plays one step: everything from the last step to `time` after the beginning.
    func play(to time: Duration) async throws(ClusterError)

    /// Ends every member and writer and removes what was made; works in a cancelled task too.
    func close() async
}
