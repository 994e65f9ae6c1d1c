import ClusterAccess
import GroupJournal
import LagModel
import StructuredLog

/// Follows one cluster's `__consumer_offsets` into a journal, and tells each round what it says.
///
/// ``run()`` reads for as long as its task lives. Rounds come in between and wait, within a limit, for what
/// was in the topic when they began. Nothing is ever committed.
actor OffsetsFollower {
    /// What the follower needs of its surroundings.
    struct Surroundings: Sendable {
        var source: any ClusterSource
        var feeds: any OffsetsFeedProvider
        var clock: MonitorClock
        var logger: Logger
        /// Told which groups are no longer this replica's, at once.
        var withhold: @Sendable (@escaping @Sendable (GroupID) -> Bool) -> Void
        /// Told until when this replica may serve; `nil`: not at all.
        var renewLease: @Sendable (MonotonicTime?) -> Void
    }

    let settings: FollowerSettings
    let surroundings: Surroundings
    var journal: GroupJournal
    /// By partition number; `nil` where another replica reads.
    var held: [PartitionProgress?] = []
    var topology: ClusterTopology?
    /// Why the topic cannot be read as a whole.
    private(set) var fallback: ClusterError.Reason?
    private var feed: (any OffsetsFeed)?
    /// Held partitions of which nobody could tell yet where their history ends.
    var unknownHistory: Set<PartitionID> = []
    var openFeed: OpenFeed?
    var lease: ShardLease?
    private(set) var shardChanges: Int64 = 0
    /// A round that waits for what was there when it began, or its successor for the first complete read.
    var waiter: (number: Int, isFirstRead: Bool, continuation: CheckedContinuation<Void, Never>)?
    var waiterNumber = 0
    /// Whether what was in the topic at the start has been read, and somebody has been told.
    var hasToldReached = false
    /// When the present feed was made; `nil` once what was in the topic then has been read.
    var readingSince: MonotonicTime?
    private let topicKnown: AsyncStream<Void>
    private let tellTopicKnown: AsyncStream<Void>.Continuation

    init(
        settings: FollowerSettings, surroundings: Surroundings,
        admits: @escaping @Sendable (GroupID) -> Bool
    ) {
        self.settings = settings
        self.surroundings = surroundings
        let shardGroup = settings.shardGroup?.group
        journal = GroupJournal { $0 != shardGroup && admits($0) }
        if let session = settings.shardGroup?.sessionTimeout {
            lease = ShardLease(session: session, now: surroundings.clock.now().monotonic)
            surroundings.renewLease(nil)
        }
        (topicKnown, tellTopicKnown) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Reads until the task is cancelled; begins when a round has told how many partitions there are.
    func run() async {
        for await _ in topicKnown {
            while !Task.isCancelled {
                do throws(ClusterError) {
                    try await follow()
                } catch {
                    note(error)
                }
                await closeOpenFeed()
                try? await surroundings.clock.sleep(settings.retryInterval)
            }
        }
    }

    /// Takes in newer metadata, and lets ``run()`` begin once the topic is there.
    func learn(_ topology: ClusterTopology) {
        self.topology = topology
        let count = topology.topic(CoordinatorPartition.topic)?.partitions.count ?? 0
        guard count > 0 else {
            let error = topology.error(of: CoordinatorPartition.topic)
            if fallback == nil { fallback = error?.reason ?? .unknownTopicOrPartition }
            return
        }
        if fallback == .unknownTopicOrPartition { fallback = nil }
        guard held.count < count else { return }
        held += Array(repeating: nil, count: count - held.count)
        tellTopicKnown.yield()
    }
}

// MARK: - Reading

extension OffsetsFollower {
    /// One life of a feed.
    private func follow() async throws(ClusterError) {
        let feed = try surroundings.feeds.makeFeed(
            FeedOptions(readsCommitted: true, shardGroup: settings.shardGroup))
        self.feed = feed
        readingSince = surroundings.clock.now().monotonic
        var failure: ClusterError?
        do throws(ClusterError) {
            if settings.shardGroup == nil {
                try await take(Set(held.indices.map { PartitionID(Int32(clamping: $0)) }), feed: feed)
            }
            while !Task.isCancelled { try await readBatch(of: feed) }
        } catch {
            failure = error
        }
        self.feed = nil
        if settings.shardGroup != nil { give(Set(heldPartitions)) }
        await feed.close()
        if let failure { throw failure }
    }

    private func readBatch(of feed: any OffsetsFeed) async throws(ClusterError) {
        let batch = try await feed.nextBatch(limit: 5_000, within: .milliseconds(500))
        let now = surroundings.clock.now().monotonic
        lease?.sign(at: now)
        for change in batch.changes {
            shardChanges += 1
            lease?.settle(at: now)
            switch change {
            case .assigned(let partitions): try await take(partitions, feed: nil)
            case .revoked(let partitions), .lost(let partitions): give(partitions)
            }
        }
        if let lease { surroundings.renewLease(lease.end(at: now)) }
        absorb(batch.records, isolation: .committed)
        if let refusal = batch.records.failures.first(where: { $0.error.reason == .topicUnauthorized }) {
            throw refusal.error
        }
    }

    /// Partitions that are ours from now on; `feed` is told to read them, unless its group tells it.
    ///
    /// Those that were read before go on where they were. What a partition holds now is history, also what
    /// stands behind an open transaction.
    private func take(_ partitions: Set<PartitionID>, feed: (any OffsetsFeed)?) async throws(ClusterError) {
        let new = partitions.filter { self[$0]?.position == nil }
        let ends = await ends(of: new, unreachable: [:])
        var starts: [PartitionID: FeedStart] = [:]
        for partition in partitions {
            let place = Int(partition.rawValue)
            guard held.indices.contains(place) else { continue }
            if let position = held[place]?.position {
                starts[partition] = .offset(position)
                continue
            }
            held[place] = held[place] ?? PartitionProgress()
            // Where nobody tells the end now, everything counts as history until a round has learnt it.
            let end = try? ends[partition]?.get()
            journal.begin(partition, historyEnd: end?.highWatermark ?? .max)
            if let end { held[place]?.observe(end) } else { unknownHistory.insert(partition) }
            starts[partition] = .beginning
        }
        if let feed { try await feed.follow(starts) }
    }

    /// Partitions that are another replica's from now on, and their groups with them.
    private func give(_ partitions: Set<PartitionID>) {
        for partition in partitions where held.indices.contains(Int(partition.rawValue)) {
            held[Int(partition.rawValue)] = nil
            journal.forget(partition)
            unknownHistory.remove(partition)
        }
        let count = held.count
        surroundings.withhold { group in
            CoordinatorPartition.of(group, count: count).map(partitions.contains) ?? true
        }
        wakeIfRead()
    }

    func absorb(_ records: RecordBatch, isolation: GroupJournal.Isolation) {
        journal.apply(records, isolation: isolation)
        for index in records.partitions.indices {
            let isLastOfRun =
                index + 1 == records.count || records.partitions[index + 1] != records.partitions[index]
            guard isLastOfRun else { continue }
            advance(records.partitions[index], to: records.offsets[index] &+ 1, isolation)
        }
        for end in records.endsReached { advance(end.partition, to: end.offset, isolation) }
        for failure in records.failures where isolation == .committed {
            if failure.error.reason == .offsetOutOfRange {
                beginAnew(failure.partition)
            } else {
                self[failure.partition]?.fail(failure.error.reason)
            }
        }
        reportFirstRead()
        wakeIfRead()
    }

    /// The log was cut, and the feed starts again at its beginning: what was read may never have been.
    private func beginAnew(_ partition: PartitionID) {
        guard self[partition] != nil else { return }
        self[partition] = PartitionProgress()
        journal.forget(partition)
        journal.begin(partition, historyEnd: .max)
        unknownHistory.insert(partition)
    }

    private func advance(_ partition: PartitionID, to offset: Int64, _ isolation: GroupJournal.Isolation) {
        guard held.indices.contains(Int(partition.rawValue)) else { return }
        self[partition]?.read(to: offset, isolation: isolation)
        guard isolation == .committed else { return }
        if fallback != nil {
            fallback = nil
            surroundings.logger.info("the offsets topic is read again")
        }
    }

    /// Reads a partition again from its beginning, after it was found to differ from its coordinator.
    func reread(_ partition: PartitionID) async {
        let place = Int(partition.rawValue)
        guard settings.shardGroup == nil, let feed, held.indices.contains(place) else { return }
        held[place] = nil
        journal.forget(partition)
        try? await take([partition], feed: feed)
    }

    /// Progress of a held partition; what is set of a partition that the topic does not have is ignored.
    subscript(_ partition: PartitionID) -> PartitionProgress? {
        get {
            let place = Int(partition.rawValue)
            return held.indices.contains(place) ? held[place] : nil
        }
        set {
            let place = Int(partition.rawValue)
            if held.indices.contains(place) { held[place] = newValue }
        }
    }

    /// Whether the feed of finished records lives.
    var hasFeed: Bool { feed != nil }

    var heldPartitions: [PartitionID] {
        held.indices.compactMap { held[$0] == nil ? nil : PartitionID(Int32(clamping: $0)) }
    }

    /// Says once that, and why, the topic cannot be read.
    private func note(_ error: ClusterError) {
        guard error.reason != .cancelled, error.reason != .closed, !Task.isCancelled else { return }
        guard fallback != error.reason else { return }
        fallback = error.reason
        let instead =
            settings.shardGroup != nil
            ? "this replica serves no groups" : settings.isHybrid ? "coordinators are asked" : "rounds fail"
        surroundings.logger.warn(
            "the offsets topic cannot be read; until it can, \(instead)",
            [
                "error": error.description,
                "remedy": error.reason == .topicUnauthorized
                    ? "grant Read on topic __consumer_offsets" : error.reason.remedy,
            ])
    }
}
