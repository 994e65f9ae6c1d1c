/// All metric families that the exporter can show, by subject, in the order in which they are written.
package enum Catalogue {
    /// Families that follow from snapshots alone; they come first in a scrape and can be cached.
    package static let snapshot: [MetricFamily] =
        cluster + topicSettings + groups + rebalances + commits + outlook + lagAge + evaluation + forecast
        + members + folding + [groupsRemoved, groupOffsetsAge] + reasons + offsetsTopic + sharding
        + timeLookups + requestPlan + limits

    /// Families about the exporter at the moment of the scrape; they follow the others.
    package static let exporter: [MetricFamily] = rounds + requests + serving + notifications + process

    /// Everything, in the order of a scrape's body.
    package static let all: [MetricFamily] = snapshot + exporter
}
