import ClusterAccess
import GroupJournal
import LagModel
import StructuredLog

/// Which groups of a round come from the offsets topic and which from their coordinators.
extension ClusterMonitor {
    /// Groups whose coordinator calls them rebalancing.
    static func rebalancing(in entries: [GroupRegistry.Entry]) -> [GroupID] {
        entries.compactMap { entry in
            guard case .listed(let listing, _) = entry.presence, listing.state.isRebalancing else {
                return nil
            }
            return entry.id
        }
    }

    /// Reads every group from where it is best known, in ascending order, into `assembly`.
    ///
    /// Throws where the topic is the only source and has not been read to its end yet.
    func read(
        _ entries: [GroupRegistry.Entry], followed: FollowedRound?, topology: ClusterTopology,
        into assembly: inout GroupAssembly
    ) async throws(ClusterError) {
        guard let followed else {
            let readings = await ask(entries, describing: { _ in true })
            for entry in entries {
                if let reading = readings[entry.id] { assembly.add(reading, registry: &registry) }
            }
            return
        }
        if !followed.isHybrid { try requireReady(followed) }
        let plan = plan(entries, followed: followed, topology: topology)
        let compared = Set(choose(from: plan, followed: followed))
        let toAsk = plan.filter { $0.isAsked || compared.contains($0.entry.id) }.map(\.entry)
        let described = Set(plan.filter { $0.isAsked && followed.groups[$0.entry.id] == nil }.map(\.entry.id))
        let readings = await ask(toAsk, comparing: compared, describing: described.contains)
        for step in plan {
            let id = step.entry.id
            let group = followed.groups[id]
            if step.isAsked {
                guard let reading = readings[id] else { continue }
                assembly.add(reading, followed: group, registry: &registry)
            } else if let reason = step.unavailable {
                assembly.add(unavailable: step.entry, because: reason)
            } else {
                assembly.add(group, entry: step.entry)
                if compared.contains(id), let group, case .success(let told)? = readings[id]?.commits {
                    await compare(group, told: told, topology: topology)
                }
            }
        }
    }

    func reader(
        describing: @escaping @Sendable (GroupID) -> Bool, until end: MonotonicTime
    ) -> GroupReader {
        let describesMembers = settings.describesMembers
        return GroupReader(
            source: source, describesMembers: { describesMembers && describing($0) },
            inFlight: settings.groupsInFlight, now: clock.now, end: end)
    }

    /// One group of a round and where it comes from.
    private struct Step {
        var entry: GroupRegistry.Entry
        /// Its coordinator is asked for commits.
        var isAsked = false
        /// Nobody can tell its commits.
        var unavailable: ClusterError.Reason?
    }

    /// Decides for every group, ascending; groups that are gone or another replica's are forgotten.
    private func plan(
        _ entries: [GroupRegistry.Entry], followed: FollowedRound, topology: ClusterTopology
    ) -> [Step] {
        var steps: [Step] = []
        steps.reserveCapacity(max(entries.count, followed.groups.count))
        var known: Set<GroupID> = []
        for entry in entries {
            known.insert(entry.id)
            switch followed.state(of: entry.id) {
            case .elsewhere: registry.forget(entry.id)
            case .current:
                if followed.groups[entry.id] != nil {
                    steps.append(Step(entry: entry))
                } else if case .listed = entry.presence {
                    steps.append(Step(entry: entry))
                } else {
                    registry.forget(entry.id)
                }
            case .blocked: steps.append(Step(entry: entry, isAsked: true))
            case .loading, .unavailable:
                if followed.isHybrid {
                    let isOurs = settings.follower?.shardGroup == nil || !followed.status.partitions.isEmpty
                    if isOurs { steps.append(Step(entry: entry, isAsked: true)) }
                } else {
                    steps.append(Step(entry: entry, unavailable: followed.reason(of: entry.id)))
                }
            }
        }
        for (id, group) in followed.groups where !known.contains(id) {
            guard let broker = topology.coordinator(of: id) else { continue }
            registry.adopt(id, type: group.type, coordinator: broker)
            let entry = GroupRegistry.Entry(id: id, presence: .missing(broker), type: group.type)
            steps.append(Step(entry: entry, isAsked: followed.state(of: id) == .blocked))
        }
        return steps.sorted { $0.entry.id < $1.entry.id }
    }

    /// The topic alone must have been read once before there is anything to publish.
    private func requireReady(_ followed: FollowedRound) throws(ClusterError) {
        guard !isTopicReady else { return }
        guard followed.isReady else {
            let read = followed.status.partitions.count { $0.state == .current || $0.state == .blocked }
            throw ClusterError(
                followed.status.fallback ?? .offsetsTopicBehind, operation: "read the offsets topic",
                detail: "\(read) of \(followed.status.partitions.count) partitions are read to their end")
        }
        isTopicReady = true
    }
}

// MARK: - Comparing with coordinators

extension ClusterMonitor {
    private func choose(from plan: [Step], followed: FollowedRound) -> [GroupID] {
        guard followed.isHybrid, let follower = settings.follower else { return [] }
        let candidates = plan.compactMap { step -> (id: GroupID, broker: BrokerID)? in
            guard !step.isAsked, let broker = step.entry.coordinator, followed.groups[step.entry.id] != nil
            else { return nil }
            return (step.entry.id, broker)
        }
        return reconciler.choose(
            among: candidates, at: clock.now().monotonic, interval: follower.reconcileInterval,
            budget: follower.reconcileRequests)
    }

    private func compare(_ group: JournalGroup, told: CommittedOffsets, topology: ClusterTopology) async {
        let verdict = reconciler.compare(
            group.id, followed: group.commits, told: told,
            isVisible: { topology.topic($0) != nil })
        guard verdict == .differs else { return }
        logger.warn(
            "a group's commits differ from what its coordinator says; its partition is read again",
            ["group": group.id.rawValue, "partition": group.partition.description])
        await follower?.reread(group.partition)
    }

    /// What the snapshot says of the offsets topic.
    func status(of followed: FollowedRound?) -> OffsetsTopicStatus? {
        guard var status = followed?.status else { return nil }
        status.reconciled = reconciler.comparisons
        status.reconciliationDifferences = reconciler.differences
        return status
    }
}
