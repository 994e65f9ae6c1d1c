/// What a partition's recent past says of its reader; raw values are the numbers that Burrow exports.
package enum PartitionStatus: UInt8, CaseIterable, Hashable, Sendable {
    /// The reader keeps up, or catches up.
    case ok = 1
    /// It reads and falls behind.
    case warn = 2
    /// Records wait and nobody commits.
    case stop = 4
    /// Records wait, and the same offset is committed again and again.
    case stall = 5
    /// The commit went back and has not yet reached its earlier place.
    case rewind = 6

    /// The status as Burrow spells it, also the label `status`.
    package var name: String {
        switch self {
        case .ok: "OK"
        case .warn: "WARN"
        case .stop: "STOP"
        case .stall: "STALL"
        case .rewind: "REWIND"
        }
    }

    /// What it makes of the group.
    package var ofGroup: GroupStatus {
        switch self {
        case .ok: .ok
        case .warn: .warn
        case .stop, .stall, .rewind: .err
        }
    }
}

/// What becomes of a group by its partitions; raw values are Burrow's words.
package enum GroupStatus: String, CaseIterable, Hashable, Sendable {
    case ok = "OK"
    case warn = "WARN"
    case err = "ERR"
    /// The group has no commits.
    case notFound = "NOTFOUND"
}

/// A group judged by its partitions.
package struct GroupEvaluation: Hashable, Sendable {
    /// WARN and ERR as soon as one partition shows it; OK only when every partition was judged; otherwise
    /// `nil`.
    package var status: GroupStatus?
    /// Partitions with a commit, those that could not be read among them.
    package var partitions: Int
    /// Share of them, 0 to 1, whose past is known for the whole window.
    package var complete: Double
    /// How many partitions have each status; together with ``unjudged`` all of them.
    package var counts: [PartitionStatus: Int]
    /// The partition with the most lag; `nil` where none has a known one.
    package var mostLag: Place?
    /// The partition with the worst status, of several the one with the most lag; `nil` where all are OK.
    package var worst: Place?

    package init(
        status: GroupStatus?, partitions: Int = 0, complete: Double = 0,
        counts: [PartitionStatus: Int] = [:], mostLag: Place? = nil, worst: Place? = nil
    ) {
        self.status = status
        self.partitions = partitions
        self.complete = complete
        self.counts = counts
        self.mostLag = mostLag
        self.worst = worst
    }

    /// Partitions of which nothing can be said.
    package var unjudged: Int { max(0, partitions - counts.values.reduce(0, +)) }

    /// Where a partition stands among the group's topics.
    package struct Place: Hashable, Sendable {
        package var topic: Int
        package var position: Int

        package init(topic: Int, position: Int) {
            self.topic = topic
            self.position = position
        }
    }
}
