import CRdKafka
import ClusterAccess

/// The partitions that a feed reads, how far it has come in each, and what is wrong with them.
///
/// A partition that failed is read again from where it stands, after one second and then ever more seldom,
/// until it gives records or its end: librdkafka is silent when a partition with nothing new recovers.
struct FeedPartitions {
    private struct Entry {
        /// What is to be read next; librdkafka's name for the beginning before the first record.
        var next: Int64
        var failure: ClusterError?
        var lastReport: ContinuousClock.Instant?
        var retry: ContinuousClock.Instant?
        var patience = FeedPartitions.firstPatience
        /// Whether librdkafka has given it up, so that it has to be assigned anew, from the beginning.
        var isStopped = false
    }

    /// What is to be done now about partitions that have failed.
    struct Due {
        /// To be read again from there.
        var seeks: [PartitionID: Int64] = [:]
        /// To be assigned anew and read from the beginning.
        var restarts: Set<PartitionID> = []
        /// Failures that are told again.
        var failures: [(partition: PartitionID, error: ClusterError)] = []
    }

    private var entries: [PartitionID: Entry] = [:]
    /// Records come in runs of one partition: the run at hand.
    private var run: (partition: PartitionID, isRead: Bool, next: Int64)?
    private var lastGeneralReport: ContinuousClock.Instant?
    /// What is wrong with the topic as a whole, which librdkafka says but once.
    private var topicFailure: ClusterError?
    /// No broker can be reached, which librdkafka says when the last connection goes and not again.
    private var outage: ClusterError?
    private var nextLook: ContinuousClock.Instant?
    private var nextInspection: ContinuousClock.Instant?
    private var inspectionPatience = FeedPartitions.firstPatience

    private static let firstPatience = Duration.seconds(1)
    private static let longestPatience = Duration.seconds(4)
    private static let inspectionInterval = Duration.seconds(10)

    var all: Set<PartitionID> { Set(entries.keys) }

    var failing: Set<PartitionID> { Set(entries.filter { $0.value.failure != nil }.keys) }

    var isEmpty: Bool { entries.isEmpty }

    // MARK: - What is read

    mutating func add(_ starts: [PartitionID: Int64], at now: ContinuousClock.Instant) {
        endRun()
        inspectionPatience = Self.firstPatience
        nextInspection = now + inspectionPatience
        for (partition, start) in starts {
            var entry = Entry(next: start)
            if let failure = topicFailure ?? outage {
                entry.failure = failure
                schedule(&entry, at: now)
            }
            entries[partition] = entry
        }
    }

    mutating func remove(_ partitions: Set<PartitionID>) {
        endRun()
        for partition in partitions { entries[partition] = nil }
    }

    // MARK: - What has come

    /// Takes note of a record; returns whether it is wanted, and whether the partition has gone back.
    mutating func read(_ partition: PartitionID, offset: Int64) -> (isRead: Bool, wentBack: Bool) {
        if run?.partition != partition {
            endRun()
            run = (partition, entries[partition] != nil, recovered(partition))
        }
        guard let run, run.isRead else { return (false, false) }
        self.run?.next = offset &+ 1
        return (true, offset < run.next)
    }

    /// Takes note of the end of a partition; returns whether it is wanted.
    mutating func reachedEnd(of partition: PartitionID, offset: Int64) -> Bool {
        endRun()
        guard entries[partition] != nil else { return false }
        _ = recovered(partition)
        entries[partition]?.next = offset
        return true
    }

    private mutating func endRun() {
        if let run, run.isRead { entries[run.partition]?.next = run.next }
        run = nil
    }

    /// Takes note that a partition gives something, so whatever was wrong is over.
    ///
    /// Returns what was to be read next.
    private mutating func recovered(_ partition: PartitionID) -> Int64 {
        guard let entry = entries[partition] else { return 0 }
        (topicFailure, outage) = (nil, nil)
        if entry.failure != nil { entries[partition] = Entry(next: entry.next, lastReport: entry.lastReport) }
        return entry.next
    }

    // MARK: - What is wrong

    /// Takes note of a failure; returns whether it is to be told, which it is once a second at most.
    mutating func failed(
        _ partition: PartitionID, _ error: ClusterError, at now: ContinuousClock.Instant
    ) -> Bool {
        endRun()
        guard var entry = entries[partition] else { return false }
        defer { entries[partition] = entry }
        entry.failure = error
        if entry.retry == nil { schedule(&entry, at: now) }
        if let last = entry.lastReport, now - last < Self.firstPatience { return false }
        entry.lastReport = now
        return true
    }

    /// Takes note of a failure that is about no partition when none is read; returns whether to tell it.
    mutating func failed(at now: ContinuousClock.Instant) -> Bool {
        if let last = lastGeneralReport, now - last < Self.firstPatience { return false }
        lastGeneralReport = now
        return true
    }

    /// The whole topic fails, also partitions that are added later.
    mutating func topicFailed(_ error: ClusterError) { topicFailure = error }

    /// No broker can be reached, nor for partitions that are added before one has answered.
    mutating func brokersFailed(_ error: ClusterError) { outage = error }

    /// A broker has answered.
    mutating func brokersAnswered() { outage = nil }

    /// librdkafka has stopped reading a partition, which begins anew at that time.
    mutating func stopped(_ partition: PartitionID, until time: ContinuousClock.Instant) {
        endRun()
        entries[partition]?.isStopped = true
        entries[partition]?.retry = time
        nextLook = nextLook.map { min($0, time) } ?? time
    }

    /// What is to be done now.
    mutating func takeDue(at now: ContinuousClock.Instant) -> Due {
        var due = Due()
        guard let look = nextLook, look <= now else { return due }
        endRun()
        nextLook = nil
        for (partition, known) in entries {
            guard let retry = known.retry else { continue }
            var entry = known
            if retry <= now {
                entry.retry = nil
                if entry.isStopped {
                    due.restarts.insert(partition)
                    (entry.isStopped, entry.next) = (false, Int64(RD_KAFKA_OFFSET_BEGINNING))
                } else {
                    due.seeks[partition] = entry.next
                }
                if let failure = entry.failure {
                    due.failures.append((partition, failure))
                    entry.lastReport = now
                    schedule(&entry, at: now)
                }
                entries[partition] = entry
            } else {
                nextLook = nextLook.map { min($0, retry) } ?? retry
            }
        }
        return due
    }

    /// Whether it is time to ask a broker what the topic is like: soon after partitions were added, then
    /// more and more seldom.
    mutating func takeInspection(at now: ContinuousClock.Instant) -> Bool {
        guard let next = nextInspection, next <= now, !entries.isEmpty else { return false }
        inspectionPatience = min(inspectionPatience * 2, Self.inspectionInterval)
        nextInspection = now + inspectionPatience
        return true
    }

    private mutating func schedule(_ entry: inout Entry, at now: ContinuousClock.Instant) {
        let retry = now + entry.patience
        entry.retry = retry
        entry.patience = min(entry.patience * 2, Self.longestPatience)
        nextLook = nextLook.map { min($0, retry) } ?? retry
    }
}
