import ClusterAccess
import GroupJournal
import LagModel
import StructuredLog

/// Which groups of a round come from the offsets topic and which from their coordinators.
extension ClusterMonitor {
    /// Reads every group from where it is best known, in ascending order, into `assembly`.
    func read(
        _ entries: [GroupRegistry.Entry], followed: FollowedRound?, topology: ClusterTopology,
        into assembly: inout GroupAssembly
    ) async {
        guard let followed else {
            let readings = await ask(entries, describing: { _ in true })
            for entry in entries {
                if let reading = readings[entry.id] { assembly.add(reading, registry: &registry) }
            }
            return
        }
        let plan = planner.plan(
            entries, followed: followed, topology: topology,
            isSharded: settings.follower?.shardGroup != nil, registry: &registry)
        let chosen = choose(from: plan, followed: followed)
        let (toAsk, described) = plan.asked(chosen)
        let readings = await ask(toAsk, comparing: Set(chosen), describing: described.contains)
        assembly.add(plan, followed: followed, readings: readings, registry: &registry)
        for id in chosen {
            guard let place = followed.groups.place(of: id), case .success(let told)? = readings[id]?.commits
            else { continue }
            await compare(followed.groups.groups[place], told: told, topology: topology)
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

    /// The topic alone must have been read once before there is anything to publish.
    func requireReady(_ followed: FollowedRound) throws(ClusterError) {
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
    private func choose(from plan: RoundPlan, followed: FollowedRound) -> [GroupID] {
        guard followed.isHybrid, let follower = settings.follower else { return [] }
        let candidates = plan.steps.lazy.compactMap { step -> (id: GroupID, broker: BrokerID)? in
            guard step.source == .followed, step.group != nil,
                let broker = plan.entries[step.entry].coordinator
            else { return nil }
            return (plan.entries[step.entry].id, broker)
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
