import ClusterAccess
package import LagModel

/// Decides how fine each group and topic of a snapshot is exported, within the limits of the configuration.
///
/// A pure value; time comes with the snapshot. While the cluster is far from its limit it counts nothing but
/// sizes, and then groups that are not what they were in the last round.
package struct SeriesFolding {
    /// Something that a person should hear of once.
    package enum Change: Hashable, Sendable {
        /// Series are left out from this round on.
        case foldingBegan
        /// Nothing is left out any more.
        case foldingEnded
        /// More series than the limit are left although nothing more can be left out.
        case limitExceeded
    }

    private enum Standing {
        case whole, folded, exceeded
    }

    private let settings: SeriesSettings
    private var budget: SeriesBudget?
    private var ranking: LagRanking
    private var memory = CensusMemory()
    private var standing = Standing.whole

    package init(settings: SeriesSettings) {
        self.settings = settings
        budget = settings.limit.map { SeriesBudget(limit: $0) }
        ranking = LagRanking(settling: settings.settling)
    }

    /// Fills in how the snapshot is exported; returns what changed since the round before.
    package mutating func fill(_ snapshot: inout ClusterSnapshot) -> Change? {
        snapshot.series = SeriesPlan(limit: settings.limit, labelBytes: settings.labelBytes)
        choosePartitions(of: &snapshot)
        guard let counter = settings.counter, let limit = settings.limit, var budget = budget.take()
        else { return nil }
        defer { self.budget = budget }
        // While nothing is folded, and nothing has to be, all groups stand as they were made: at the finest.
        guard budget.isFolding || counter.upperBound(snapshot) > limit else {
            memory = CensusMemory()
            return nil
        }
        let places = memory.places(of: snapshot.groups)
        let census = memory.census(of: snapshot, by: counter, places)
        guard budget.isFolding || census.total > limit else {
            snapshot.series.exported = census.total
            memory.keep(census, nil, of: snapshot.groups)
            return nil
        }
        let plan = budget.plan(demand(of: snapshot, census, places)) { kind, position in
            switch kind {
            case .topic: snapshot.topics[position].name.rawValue
            case .group: snapshot.groups[position].id.rawValue
            }
        }
        apply(plan, census, places, to: &snapshot)
        memory.keep(census, plan.groups, of: snapshot.groups)
        guard budget.isFolding else {
            ranking.reset()
            return turn(to: .whole)
        }
        return turn(to: snapshot.series.isExceeded ? .exceeded : .folded)
    }

    private mutating func turn(to next: Standing) -> Change? {
        switch (standing, next) {
        // What was too small stays so until everything fits, lest the log repeats itself at the brink.
        case (.whole, .whole), (.folded, .folded), (.exceeded, .exceeded), (.exceeded, .folded): return nil
        case (.whole, .folded):
            standing = next
            return .foldingBegan
        case (.whole, .exceeded), (.folded, .exceeded):
            standing = next
            return .limitExceeded
        case (.folded, .whole), (.exceeded, .whole):
            standing = next
            return .foldingEnded
        }
    }
}

// MARK: - Partitions of a group

extension SeriesFolding {
    /// Keeps the worst partitions of the groups that are to show no more.
    private func choosePartitions(of snapshot: inout ClusterSnapshot) {
        guard let topPartitions = settings.topPartitions else { return }
        var beyond = 0
        for index in snapshot.groups.indices {
            let group = snapshot.groups[index]
            let count = group.granularity == .partition ? topPartitions(group.id) : nil
            let positions = count.flatMap { WorstPartitions.positions(of: group, in: snapshot, count: $0) }
            for (place, topic) in group.topics.enumerated() {
                let chosen = positions.map { $0[place] }
                if topic.exportedPositions != chosen {
                    snapshot.groups[index].topics[place].exportedPositions = chosen
                }
                guard chosen != nil, let counter = settings.counter else { continue }
                let shown = snapshot.groups[index].topics[place].exported
                beyond += counter.partitionSeries(topic, snapshot) - counter.partitionSeries(shown, snapshot)
            }
        }
        if settings.counter != nil { snapshot.series.beyondTop = beyond }
    }
}

// MARK: - The limit

extension SeriesFolding {
    /// What the cluster would export, each group with the lag by which it is ranked.
    private mutating func demand(
        of snapshot: ClusterSnapshot, _ census: SeriesCensus, _ places: [Int32]
    ) -> SeriesBudget.Demand {
        let ranks = ranking.observe(
            snapshot.groups, at: snapshot.endOffsetsRead.monotonic, unchanged: places)
        // A topic counts as much as the group on it that lags most; one that nobody reads comes first.
        let ranksOfTopics = memory.ranksOfTopics(ranks, of: snapshot, places)
        return SeriesBudget.Demand(
            fixed: census.fixed,
            topics: census.topics.indices.map { index in
                SeriesBudget.Item(lag: ranksOfTopics[index], counts: census.topics[index])
            },
            groups: census.groups.indices.map { index in
                SeriesBudget.Item(lag: ranks[index], counts: census.groups[index])
            })
    }

    /// Writes a plan into the snapshot; groups that are as they were are written only where it is another.
    private func apply(
        _ plan: SeriesBudget.Plan, _ census: SeriesCensus, _ places: [Int32],
        to snapshot: inout ClusterSnapshot
    ) {
        snapshot.series.exported = plan.exported
        for index in snapshot.topics.indices {
            let level = plan.topics[index]
            if snapshot.topics[index].fold != level { snapshot.topics[index].fold = level }
            guard level > .partition else { continue }
            snapshot.series.folded += census.topics[index].folded(at: level)
        }
        for index in snapshot.groups.indices {
            let level = plan.groups[index]
            let folded = level > .partition ? census.groups[index].folded(at: level) : SeriesCounts()
            snapshot.series.folded += folded
            guard memory.level(at: places[index]) != level else { continue }
            if snapshot.groups[index].fold != level { snapshot.groups[index].fold = level }
            if snapshot.groups[index].foldedSeries != folded {
                snapshot.groups[index].foldedSeries = folded
            }
        }
    }
}
