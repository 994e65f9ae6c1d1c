/// How a snapshot differs from the one before it, so that what follows looks at what changed only.
///
/// Made by the ledger for a snapshot that took over what did not change, with all that was found out about
/// it.
package struct RoundChanges: Sendable {
    /// Parallel to the snapshot's topics: the log stands exactly as it did, leaders included.
    package var topicIsSame: [Bool]
    /// Whether the topics are those of the last round, in the same places.
    package var areTopicsSame: Bool
    /// Parallel to the snapshot's groups.
    package var groups: [Group]
    /// Whether the groups are those of the last round, in the same places.
    package var areGroupsSame: Bool

    /// What became of one group.
    package struct Group: Sendable {
        /// Everything about it is as in the last snapshot, but for what depends on time alone; and so are the
        /// logs of its topics.
        package var isSame: Bool
        /// The same of each topic of a group that is not; empty where none is.
        var sameTopics: [Bool]
        /// Lag in seconds on a topic that is as it was is another than in the last snapshot, age aside.
        package var hasNewAges = false
        /// Lag of a group that is as it was grows by another rate over its window.
        package var hasNewGrowth = false
        /// Evaluation says something else of a group that is as it was.
        package var hasNewVerdict = false

        /// Whether nothing but time is new, and that has changed nothing yet.
        package var isStill: Bool { isSame && !hasNewAges && !hasNewGrowth && !hasNewVerdict }

        /// Whether a topic of the group is as it was, at the same place among its topics.
        package func isSame(topic place: Int) -> Bool {
            isSame || (sameTopics.indices.contains(place) && sameTopics[place])
        }
    }
}
