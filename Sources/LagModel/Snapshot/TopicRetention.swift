/// How long a topic keeps its records, as its configuration says.
package struct TopicRetention: Hashable, Sendable {
    /// `cleanup.policy` names `delete`: whole segments go when they are too old or the log is too large.
    package var deletes: Bool
    /// `cleanup.policy` names `compact`: records go when a newer one has their key.
    package var compacts: Bool
    /// `retention.ms`; `nil` where age deletes nothing.
    package var time: Duration?
    /// `retention.bytes`, for each partition; `nil` where size deletes nothing.
    package var bytes: Int64?
    /// `min.insync.replicas`; `nil` where it was not told.
    package var minInSyncReplicas: Int32?

    package init(
        deletes: Bool = true, compacts: Bool = false, time: Duration? = nil, bytes: Int64? = nil,
        minInSyncReplicas: Int32? = nil
    ) {
        self.deletes = deletes
        self.compacts = compacts
        self.time = time
        self.bytes = bytes
        self.minInSyncReplicas = minInSyncReplicas
    }

    /// Names of the settings that ``init(entries:)`` reads.
    package static let settings = [
        "cleanup.policy", "retention.ms", "retention.bytes", "min.insync.replicas",
    ]

    /// Reads what DescribeConfigs answered; `nil` where a setting is missing or makes no sense.
    ///
    /// Minus one means no limit. A topic that only compacts has no limits whatever the settings say.
    package init?(entries: [String: String]) {
        guard let policy = entries["cleanup.policy"],
            let time = entries["retention.ms"].flatMap({ Int64($0) }),
            let bytes = entries["retention.bytes"].flatMap({ Int64($0) })
        else { return nil }
        let policies = policy.split(separator: ",").map { $0.filter { $0 != " " } }
        deletes = policies.contains("delete")
        compacts = policies.contains("compact")
        // Nine quintillion milliseconds are "for ever" too; as a duration of seconds they would still fit.
        self.time = deletes && time >= 0 ? .milliseconds(time) : nil
        self.bytes = deletes && bytes >= 0 ? bytes : nil
        minInSyncReplicas = entries["min.insync.replicas"].flatMap { Int32($0) }
    }
}
