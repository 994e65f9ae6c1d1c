import ClusterAccess

/// Which topics a round reads, worked out anew only where topics in use or metadata are others than before.
struct TopicSelection: Sendable {
    private var inUse: Set<TopicName>?
    private var metadata: ClusterMetadata?
    private(set) var names: Set<TopicName> = []
    /// Those of ``names`` that the metadata describes.
    private(set) var described: Set<TopicName> = []

    /// Selects the topics in use and those of `others`, which is asked only where it may have changed.
    mutating func select(inUse: Set<TopicName>, topology: ClusterTopology, others: () -> [TopicName]) {
        guard inUse != self.inUse || topology.metadata != metadata else { return }
        self.inUse = inUse
        metadata = topology.metadata
        names = inUse.union(others())
        described = names.filter { topology.topic($0) != nil }
    }
}
