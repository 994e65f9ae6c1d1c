import ClusterAccess
package import LagModel

/// How many series a family has, counted from a snapshot without writing them.
///
/// Every family that ``KafkaExposition`` renders stands in ``all``; a test compares the list with the
/// catalogue, and the counts with what the renderer writes.
package struct FamilyCount: Sendable {
    package let family: MetricFamily
    let scope: Scope

    /// What the family is about, and its series for one of that, as if all levels were exported.
    enum Scope: Sendable {
        case cluster(@Sendable (borrowing ClusterSnapshot) -> Int)
        case topic(@Sendable (borrowing TopicSnapshot) -> Int)
        case group(@Sendable (borrowing GroupSnapshot) -> Int)
        case member(@Sendable (borrowing MemberSeries) -> Int)
        case groupTopic(@Sendable (borrowing ClusterSnapshot, borrowing GroupTopicSnapshot) -> Int)
    }

    private init(_ family: MetricFamily, _ scope: Scope) {
        self.family = family
        self.scope = scope
    }

    static func cluster(
        _ family: MetricFamily, _ count: @escaping @Sendable (borrowing ClusterSnapshot) -> Int
    ) -> Self { Self(family, .cluster(count)) }

    static func topic(
        _ family: MetricFamily, _ count: @escaping @Sendable (borrowing TopicSnapshot) -> Int
    ) -> Self { Self(family, .topic(count)) }

    static func group(
        _ family: MetricFamily, _ count: @escaping @Sendable (borrowing GroupSnapshot) -> Int
    ) -> Self { Self(family, .group(count)) }

    static func member(
        _ family: MetricFamily, _ count: @escaping @Sendable (borrowing MemberSeries) -> Int
    ) -> Self { Self(family, .member(count)) }

    static func groupTopic(
        _ family: MetricFamily,
        _ count: @escaping @Sendable (borrowing ClusterSnapshot, borrowing GroupTopicSnapshot) -> Int
    ) -> Self { Self(family, .groupTopic(count)) }

    /// Every family of a snapshot, in the order of the catalogue.
    package static let all: [FamilyCount] =
        cluster + topicSettings + groups + rebalances + commits + outlook + lagAge + evaluation + forecast
        + members + folding + groupsRemoved + reasons + offsetsTopic + sharding + timeLookups + limits

    /// One series where `isThere`.
    static func one(if isThere: Bool) -> Int { isThere ? 1 : 0 }
}

extension MetricFamily.Level {
    /// The coarsest level at which a family is exported.
    package var exportLevel: ExportLevel {
        switch self {
        case .partition: .partition
        case .topic: .topic
        case .always: .group
        case .summary: .summary
        }
    }
}
