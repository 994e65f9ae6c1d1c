/// Where committed offsets come from; raw values are the `source` label and what `--source` takes.
package enum CommitSource: String, CaseIterable, Hashable, Sendable {
    /// The group coordinators are asked, each round.
    case admin
    /// `__consumer_offsets` is read from its beginning, and nothing else.
    case offsetsTopic = "offsets-topic"
    /// Coordinators first and at a slow pace, `__consumer_offsets` as soon as it has been read to its end.
    case hybrid
}
