import ClusterAccess
package import LagModel

/// Decides which groups and topics are exported more coarsely than configured, so that a cluster has no more
/// series than its limit.
///
/// Everything that can be left out lies in one row of steps: topics and then groups leave the level
/// `partition`; when all have, topics and then groups leave `topic`, and then `group`. Within each of these
/// stages the least lagging go first, of equals the last by name. A plan is the shortest beginning of this
/// row that suffices, so whoever lags more is never folded deeper. Steps are taken back only when a tenth of
/// the limit would stay free, and until then the place reached in the row stays where it is: at a lag and a
/// name, not at a count, so that groups which come and go move nobody else.
///
/// A pure value. It costs one sort of the groups in a round that is over the limit or was before.
package struct SeriesBudget {
    /// Something with series of its own.
    package struct Item: Sendable {
        package var name: String
        /// By what it is ranked.
        package var lag: Int64
        /// Series at the configured level, by the level of their families.
        package var counts: SeriesCounts

        package init(name: String, lag: Int64, counts: SeriesCounts) {
            self.name = name
            self.lag = lag
            self.counts = counts
        }
    }

    /// What a cluster would export; groups and topics each ascending by name.
    package struct Demand: Sendable {
        /// Series that belong to no group or topic.
        package var fixed: Int
        package var topics: [Item]
        package var groups: [Item]

        package init(fixed: Int, topics: [Item], groups: [Item]) {
            self.fixed = fixed
            self.topics = topics
            self.groups = groups
        }
    }

    /// Nothing finer is exported, in the order of the demand.
    package struct Plan: Hashable, Sendable {
        package var topics: [ExportLevel]
        package var groups: [ExportLevel]
        /// Series that are left, those among them that tell what groups have lost.
        package var exported: Int
    }

    /// A place in the row of steps that is known by its last step, whatever else comes and goes.
    private struct Boundary {
        var stage: Int
        var lag: Int64
        var name: String
    }

    /// The same as numbers, in one round.
    private struct Place: Comparable {
        var stage = 0
        /// Steps taken within the stage.
        var steps = 0

        static func < (left: Self, right: Self) -> Bool {
            (left.stage, left.steps) < (right.stage, right.steps)
        }
    }

    private let limit: Int
    private var boundary: Boundary?

    /// A budget of `limit` series.
    package init(limit: Int) { self.limit = limit }

    /// Whether the last plan left something out.
    package var isFolding: Bool { boundary != nil }

    /// Number of series that a group with these counts has at `level`: with one for each level that it lost,
    /// which says how much that was.
    package static func series(of counts: SeriesCounts, at level: ExportLevel) -> Int {
        let lost = ExportLevel.allCases.count { $0 < level && counts[$0] > 0 }
        return counts.exported(at: level).total + lost
    }

    /// The plan of a round, by the demand and by the round before.
    package mutating func plan(_ demand: Demand) -> Plan {
        let full =
            demand.fixed + demand.topics.reduce(0) { $0 + $1.counts.total }
            + demand.groups.reduce(0) { $0 + $1.counts.total }
        guard full > limit || boundary != nil else { return Row.unfolded(demand, exported: full) }
        let row = Row(demand, full: full)
        let needed = row.place(within: limit)
        var place = needed
        if let boundary {
            let roomy = row.place(within: limit - limit / 10)
            place = min(max(row.place(of: boundary), needed), roomy)
        }
        boundary = row.boundary(at: place)
        return row.plan(at: place)
    }

    /// The steps of one round.
    private struct Row {
        private static let stages = 6
        private let demand: Demand
        private let full: Int
        /// Positions of topics and groups in the order in which they are folded.
        private let order: (topics: [Int], groups: [Int])

        init(_ demand: Demand, full: Int) {
            self.demand = demand
            self.full = full
            order = (Self.order(of: demand.topics), Self.order(of: demand.groups))
        }

        /// Names ascend with positions, so that nothing is compared but numbers.
        private static func order(of items: [Item]) -> [Int] {
            items.indices.sorted { left, right in
                items[left].lag != items[right].lag ? items[left].lag < items[right].lag : left > right
            }
        }

        private func isOfGroups(_ stage: Int) -> Bool { stage % 2 == 1 }

        private func items(_ stage: Int) -> [Item] { isOfGroups(stage) ? demand.groups : demand.topics }

        private func order(_ stage: Int) -> [Int] { isOfGroups(stage) ? order.groups : order.topics }

        /// The level that a stage ends with, and the one it begins with.
        private func level(after stage: Int) -> ExportLevel { ExportLevel.allCases[stage / 2 + 1] }

        private func level(before stage: Int) -> ExportLevel { ExportLevel.allCases[stage / 2] }

        private func saving(_ stage: Int, _ position: Int) -> Int {
            let counts = items(stage)[position].counts
            let (before, after) = (level(before: stage), level(after: stage))
            guard isOfGroups(stage) else {
                return counts.exported(at: before).total - counts.exported(at: after).total
            }
            return SeriesBudget.series(of: counts, at: before) - SeriesBudget.series(of: counts, at: after)
        }

        /// The first place at which no more than `target` series are left, or the end of the row.
        func place(within target: Int) -> Place {
            var left = full
            for stage in 0..<Self.stages {
                for (steps, position) in order(stage).enumerated() {
                    if left <= target { return Place(stage: stage, steps: steps) }
                    left -= saving(stage, position)
                }
            }
            return Place(stage: Self.stages)
        }

        /// The place behind every step that came before `boundary`, and itself.
        func place(of boundary: Boundary) -> Place {
            let (items, order) = (items(boundary.stage), order(boundary.stage))
            let steps = order.firstPlace { position in
                let item = items[position]
                return item.lag != boundary.lag ? item.lag > boundary.lag : item.name < boundary.name
            }
            return Place(stage: boundary.stage, steps: steps)
        }

        /// The last step before a place; `nil` where there is none.
        func boundary(at place: Place) -> Boundary? {
            var (stage, steps) = (place.stage, place.steps)
            while steps == 0 {
                guard stage > 0 else { return nil }
                stage -= 1
                steps = order(stage).count
            }
            let item = items(stage)[order(stage)[steps - 1]]
            return Boundary(stage: stage, lag: item.lag, name: item.name)
        }

        func plan(at place: Place) -> Plan {
            var plan = Self.unfolded(demand, exported: full)
            for stage in 0..<min(place.stage + 1, Self.stages) {
                let order = order(stage)
                let taken = stage < place.stage ? order[...] : order.prefix(place.steps)
                for position in taken {
                    plan.exported -= saving(stage, position)
                    if isOfGroups(stage) {
                        plan.groups[position] = level(after: stage)
                    } else {
                        plan.topics[position] = level(after: stage)
                    }
                }
            }
            return plan
        }

        static func unfolded(_ demand: Demand, exported: Int) -> Plan {
            Plan(
                topics: demand.topics.map { _ in .partition }, groups: demand.groups.map { _ in .partition },
                exported: exported)
        }
    }
}
