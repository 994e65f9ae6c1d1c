package import ClusterAccess
import LagAnalysis
import LagModel
package import StructuredLog

/// Watches one cluster: round after round, never two at once, each ending in a record for the store.
///
/// Owns the ledger, the registry of groups and the metadata; the source is owned by who made it. Failures of
/// one cluster stay here.
package actor ClusterMonitor {
    let source: any ClusterSource
    let settings: RoundSettings
    private let store: SnapshotStore
    let clock: MonitorClock
    let logger: Logger
    /// `nil` where only coordinators are asked.
    let follower: OffsetsFollower?

    /// Make a snapshot of each round's facts; `nil` while they are at work.
    private var stages: SnapshotStages?
    var series: SeriesFolding
    var configurations = TopicConfigurations()
    var registry = GroupRegistry()
    var planner = RoundPlanner()
    var reconciler = Reconciler()
    /// Facts about groups, kept up from round to round; `nil` while a round is at work on them.
    private var assembly: GroupAssembly?
    /// Reads the logs; `nil` while it is at work.
    private var sweep: LogSweep?
    var requestPlanner: RequestPlanner
    var otherRequests = OtherRequests()
    /// What coordinators said last of the groups that they are asked about.
    var lastReadings: [GroupID: GroupReader.Reading] = [:]
    var requestPlan: RequestPlanStatus?
    private var brokers = BrokerWatch()
    private var topology: ClusterTopology?
    /// Something did not fit the metadata: ask again in the next round, whatever its age.
    private var isMetadataStale = false
    private var roundNumber: Int64 = 0
    /// Why topics that groups use are missing from the metadata.
    private var invisibleTopics: [TopicName: ClusterError.Reason] = [:]
    private var selection = TopicSelection()
    /// Topics of which the metadata, also kept, is known to say all that it has to say.
    private var settledTopics: (names: Set<TopicName>, metadata: ClusterMetadata)?
    private var lastFailure: ClusterError.Reason?
    /// Whether the offsets topic was read to its end once.
    var isTopicReady = false

    /// Watches what `source` answers.
    ///
    /// `feeds` reads the offsets topic; without them only coordinators are asked. `sampler` reads single
    /// records where the settings want that.
    package init(
        source: any ClusterSource, feeds: (any OffsetsFeedProvider)? = nil,
        sampler: (any RecordSampler)? = nil, settings: RoundSettings,
        store: SnapshotStore, clock: MonitorClock, logger: Logger
    ) {
        self.source = source
        self.settings = settings
        self.store = store
        self.clock = clock
        let named = logger.with("cluster", settings.ledger.cluster)
        self.logger = named
        requestPlanner = RequestPlanner(interval: settings.interval, settings: settings.requestPlan)
        let time = settings.time.map { time in
            TimeStage(
                source: source, settings: time,
                samples: SampleStage(sampler, time.sampling, now: clock.now, logger: named),
                now: clock.now)
        }
        stages = SnapshotStages(settings: settings, time: time)
        series = SeriesFolding(settings: settings.series)
        let cluster = settings.ledger.cluster
        follower = settings.follower.flatMap { follower in
            feeds.map { feeds in
                OffsetsFollower(
                    settings: follower,
                    surroundings: .init(
                        source: source, feeds: feeds, clock: clock, logger: logger.with("cluster", cluster),
                        withhold: { store.withhold(of: cluster, groups: $0) },
                        renewLease: { store.renewLease(of: cluster, until: $0) }),
                    admits: settings.admitsGroup)
            }
        }
    }

    /// Rounds until the task is cancelled, beside them the reading of the offsets topic.
    package func run() async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.follow() }
            await runRounds()
            tasks.cancelAll()
        }
    }

    /// Reads the offsets topic until the task is cancelled, where it is to be read.
    package func follow() async { await follower?.run() }

    private func runRounds() async {
        while !Task.isCancelled {
            let start = clock.now()
            await performRound()
            let delay = RoundSchedule.delay(
                interval: settings.interval, jitter: settings.jitter,
                elapsed: clock.now().monotonic - start.monotonic, random: Double.random(in: 0...1))
            do { try await pause(delay) } catch { return }
        }
    }

    /// Sleeps until the next round is due, or until the offsets topic has been read for the first time.
    private func pause(_ delay: Duration) async throws {
        guard let follower else { return try await clock.sleep(delay) }
        try await follower.waitForFirstRead(limit: delay)
    }

    /// One round, recorded in the store whatever comes of it.
    package func performRound() async {
        let start = clock.now()
        var snapshot: ClusterSnapshot?
        var failure: ClusterError?
        do throws(ClusterError) {
            snapshot = try await readCluster(at: start)
        } catch {
            failure = error
        }
        guard !Task.isCancelled else { return }
        if let follower, snapshot != nil, await !follower.mayPublish() {
            snapshot = nil
            failure = ClusterError(
                .cancelled, operation: "publish a round",
                detail: "this replica was away for longer than its session")
        }
        let finished = clock.now()
        report(failure)
        let isWhole =
            snapshot?.unavailable.allSatisfy {
                $0.key.reason == .noCommits || $0.key.scope == .configuration
            } ?? false
        store.record(
            FinishedRound(
                outcome: snapshot == nil ? .failed : isWhole ? .complete : .partial, snapshot: snapshot,
                finished: finished, duration: finished.monotonic - start.monotonic, failure: failure),
            of: settings.ledger.cluster)
    }

    /// Says what changed, once, instead of repeating itself every round.
    private func report(_ failure: ClusterError?) {
        guard failure?.reason != lastFailure else { return }
        if let failure, failure.reason == .offsetsTopicBehind {
            logger.info("the offsets topic is being read", ["progress": failure.detail])
        } else if let failure {
            logger.warn("round failed", ["error": failure.description])
        } else {
            logger.info("rounds succeed")
        }
        lastFailure = failure?.reason
    }
}

// MARK: - One round

extension ClusterMonitor {
    private func readCluster(at start: Moment) async throws(ClusterError) -> ClusterSnapshot {
        let (facts, topology) = try await readFacts(at: start)
        var stages = stages.take() ?? SnapshotStages(settings: settings, time: nil)
        var snapshot = await stages.snapshot(
            of: facts, with: .init(topology: topology, configurations: configurations))
        fold(&snapshot)
        stages.keep(snapshot)
        self.stages = stages
        return snapshot
    }

    /// Reads the cluster once: what its brokers and the offsets topic say, not yet compared with the past.
    func readFacts(at start: Moment) async throws(ClusterError) -> (RoundFacts, ClusterTopology) {
        roundNumber += 1
        let before = try await currentTopology(at: start.monotonic)
        let listings = await listGroups(of: before)
        try Self.requireAnswer(among: listings)
        let (admitsGroup, shardGroup) = (settings.admitsGroup, settings.follower?.shardGroup?.group)
        let admits = { (id: GroupID) in id != shardGroup && admitsGroup(id) }
        let entries = registry.reconcile(
            listings: listings, admits: admits, coordinator: before.coordinator(of:))
        let unreachable = listings.compactMapValues { result in
            if case .failure(let error) = result, error.reason.isSilence { error.reason } else { nil }
        }
        let followed = await follower?.round(
            topology: before, unreachable: unreachable, rebalancing: registry.rebalancing,
            at: start.wall)
        if let followed, !followed.isHybrid { try requireReady(followed) }
        var assembly = assembly.take() ?? GroupAssembly(settings: settings)
        defer { self.assembly = assembly }
        assembly.begin()
        await read(entries, followed: followed, topology: before, into: &assembly)
        assembly.end()
        let topology = await topologyKnowing(assembly.topicsInUse, topology: before)
        let readsAll = settings.readsAllTopics
        selection.select(inUse: assembly.topicsInUse, topology: topology) {
            readsAll ? topology.metadata.topics.map(\.name).filter(settings.admitsTopic) : []
        }
        let (names, described) = (selection.names, selection.described)
        var sweep = sweep.take() ?? LogSweep(source: source, now: clock.now)
        async let asked: Void = readConfigurations(
            of: described, topology: topology, unreachable: unreachable)
        let log = await sweep.read(
            names, stableNames: assembly.stableTopics, topology: topology, unreachable: unreachable)
        self.sweep = sweep
        await asked
        isMetadataStale = log.isMetadataStale || assembly.isMetadataStale || !unreachable.isEmpty
        let facts = facts(
            topology: topology, listings: listings, assembly: assembly, log: log, followed: followed)
        return (facts, topology)
    }

    private func facts(
        topology: ClusterTopology, listings: [BrokerID: Result<GroupListingReply, ClusterError>],
        assembly: GroupAssembly, log: LogSweep.Outcome, followed: FollowedRound?
    ) -> RoundFacts {
        var unavailable: [ClusterSnapshot.Unavailable: Int] = [:]
        for (reason, count) in log.failures.merging(assembly.commitFailures, uniquingKeysWith: +) {
            unavailable[.init(scope: .partition, reason: reason), default: 0] += count
        }
        for (_, reason) in invisibleTopics {
            unavailable[.init(scope: .topic, reason: reason), default: 0] += 1
        }
        var statuses: [ClusterSnapshot.BrokerStatus] = []
        for broker in topology.metadata.brokers {
            switch listings[broker.id] {
            case .success(let reply):
                statuses.append(.init(broker: broker, isUp: true))
                if let partial = reply.partialError {
                    unavailable[.init(scope: .broker, reason: partial.reason), default: 0] += 1
                }
            case .failure(let error):
                statuses.append(.init(broker: broker, isUp: !error.reason.isSilence))
                unavailable[.init(scope: .broker, reason: error.reason), default: 0] += 1
            case nil:
                statuses.append(.init(broker: broker, isUp: false))
            }
        }
        var facts = RoundFacts(
            round: roundNumber, endOffsetsRead: log.endOffsetsRead, clusterID: topology.metadata.clusterID,
            controller: topology.metadata.controller, brokers: statuses, topics: log.topics,
            groups: assembly.groups, unavailable: unavailable, offsetsTopic: status(of: followed),
            source: followed?.source ?? .admin)
        facts.requestPlan = requestPlan
        facts.news = assembly.news
        return facts
    }

    /// A round in which no broker at all answered has nothing to publish.
    private static func requireAnswer(
        among listings: [BrokerID: Result<GroupListingReply, ClusterError>]
    ) throws(ClusterError) {
        var failure: ClusterError?
        for (_, result) in listings.sorted(by: { $0.key < $1.key }) {
            switch result {
            case .success: return
            case .failure(let error): failure = failure ?? error
            }
        }
        throw failure
            ?? ClusterError(.brokerUnavailable, operation: "list groups", detail: "no broker is known")
    }
}

// MARK: - Metadata and brokers

extension ClusterMonitor {
    /// Metadata young enough for this round; the old one where new cannot be had.
    private func currentTopology(at now: MonotonicTime) async throws(ClusterError) -> ClusterTopology {
        if let topology, !isMetadataStale, now - topology.read < settings.metadataInterval { return topology }
        do throws(ClusterError) {
            return try await refreshTopology()
        } catch {
            guard let topology else { throw error }
            logger.debug("metadata could not be refreshed", ["error": error.description])
            return topology
        }
    }

    private func refreshTopology() async throws(ClusterError) -> ClusterTopology {
        let fresh = ClusterTopology(
            try await source.metadata(), read: clock.now().monotonic, before: topology)
        topology = fresh
        isMetadataStale = false
        invisibleTopics = [:]
        settledTopics = nil
        brokers.keep(only: fresh.metadata.brokers.lazy.map(\.id))
        return fresh
    }

    /// Metadata that knows the topics in use, refreshed once where some are new, and why the others are
    /// missing.
    private func topologyKnowing(_ names: Set<TopicName>, topology: ClusterTopology) async -> ClusterTopology
    {
        if let settledTopics, settledTopics.names == names, settledTopics.metadata == topology.metadata {
            return topology
        }
        settledTopics = nil
        var topology = topology
        let unknown = names.filter { !topology.knows($0) && invisibleTopics[$0] == nil }
        if !unknown.isEmpty, let fresh = try? await refreshTopology() { topology = fresh }
        let missing = names.filter { topology.topic($0) == nil && invisibleTopics[$0] == nil }
        if unknown.isEmpty, missing.isEmpty { settledTopics = (names, topology.metadata) }
        guard !missing.isEmpty, let broker = topology.metadata.brokers.first?.id else { return topology }
        var probe = missing.sorted().map { TopicPartitions(topic: $0, partitions: [PartitionID(0)]) }
        // WHY: librdkafka calls partitions unknown when this user may see none of those it asks about;
        // beside one that it sees, each has its own reason.
        let companion = topology.ledPartition
        if let companion {
            probe.append(TopicPartitions(topic: companion.topic, partitions: [companion.partition]))
        }
        let reply = await source.logOffsets(.logStart, of: probe, leader: companion?.leader ?? broker)
        for name in missing { invisibleTopics[name] = .unknownTopicOrPartition }
        for failure in reply.failures where invisibleTopics[failure.topic] != nil {
            invisibleTopics[failure.topic] = failure.error.reason
        }
        invisibleTopics = invisibleTopics.filter { names.contains($0.key) }
        return topology
    }

    /// Asks every broker for its groups; those that were silent before are asked beside the round.
    private func listGroups(
        of topology: ClusterTopology
    ) async -> [BrokerID: Result<GroupListingReply, ClusterError>] {
        var listings: [BrokerID: Result<GroupListingReply, ClusterError>] = [:]
        var toAsk: [BrokerID] = []
        for broker in topology.metadata.brokers.map(\.id) {
            switch brokers.action(for: broker) {
            case .ask: toAsk.append(broker)
            case .skip(let error): listings[broker] = .failure(error)
            case .probe(let error):
                listings[broker] = .failure(error)
                Task { await self.probe(broker) }
            }
        }
        let source = source
        let asked = await withTaskGroup(
            of: (BrokerID, Result<GroupListingReply, ClusterError>).self
        ) { tasks in
            for broker in toAsk { tasks.addTask { (broker, await source.listing(of: broker)) } }
            var answers: [(BrokerID, Result<GroupListingReply, ClusterError>)] = []
            for await answer in tasks { answers.append(answer) }
            return answers
        }
        for (broker, result) in asked {
            listings[broker] = result
            note(result, of: broker)
        }
        return listings
    }

    /// Asks a broker that was silent; it ends by the source's own deadline, or when the source is closed.
    private func probe(_ broker: BrokerID) async {
        let result = await source.listing(of: broker)
        if case .failure(let error) = result, error.reason == .closed || error.reason == .cancelled { return }
        note(result, of: broker)
    }

    private func note(_ result: Result<GroupListingReply, ClusterError>, of broker: BrokerID) {
        switch brokers.record(result, of: broker) {
        case .fellSilent(let error): logger.warn("broker does not answer", ["error": error.description])
        case .answersAgain: logger.info("broker answers again", ["broker": broker.description])
        case .unchanged: break
        }
    }
}

extension ClusterSource {
    /// ``listGroups(on:)`` with its failure as a value.
    func listing(of broker: BrokerID) async -> Result<GroupListingReply, ClusterError> {
        do throws(ClusterError) {
            return .success(try await listGroups(on: broker))
        } catch {
            return .failure(error)
        }
    }
}
