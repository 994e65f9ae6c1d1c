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
        /// By what it is ranked.
        package var lag: Int64
        /// Series at the configured level, by the level of their families.
        package var counts: SeriesCounts

        package init(lag: Int64, counts: SeriesCounts) {
            self.lag = lag
            self.counts = counts
        }
    }

    /// Groups or topics.
    package enum Kind: Sendable {
        case topic, group
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

    /// The plan of a round, by the demand and by the round before; `name` tells what stands at a position of
    /// the demand, and is asked for few.
    package mutating func plan(_ demand: Demand, name: (Kind, Int) -> String) -> Plan {
        let full =
            demand.fixed + demand.topics.reduce(0) { $0 + $1.counts.total }
            + demand.groups.reduce(0) { $0 + $1.counts.total }
        guard full > limit || boundary != nil else { return Row.unfolded(demand, exported: full) }
        let row = Row(demand, full: full)
        let needed = row.place(within: limit)
        var place = needed
        if let boundary {
            let roomy = row.place(within: limit - limit / 10)
            place = min(max(row.place(of: boundary, name), needed), roomy)
        }
        boundary = row.boundary(at: place, name)
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

        private func kind(_ stage: Int) -> Kind { stage % 2 == 1 ? .group : .topic }

        private func items(_ stage: Int) -> [Item] { stage % 2 == 1 ? demand.groups : demand.topics }

        private func order(_ stage: Int) -> [Int] { stage % 2 == 1 ? order.groups : order.topics }

        /// What each step of a stage saves, in its order.
        private func savings(_ stage: Int) -> some Sequence<Int> {
            let (items, level) = (items(stage), ExportLevel.allCases[stage / 2])
            // One series says how many a group has lost at this level; of a topic nothing says it.
            let mark = kind(stage) == .group ? 1 : 0
            return order(stage).lazy.map { position in
                let count = items[position].counts[level]
                return count > 0 ? count - mark : 0
            }
        }

        /// The first place at which no more than `target` series are left, or the end of the row.
        func place(within target: Int) -> Place {
            var left = full
            for stage in 0..<Self.stages {
                var steps = 0
                for saving in savings(stage) {
                    if left <= target { return Place(stage: stage, steps: steps) }
                    left -= saving
                    steps += 1
                }
            }
            return Place(stage: Self.stages)
        }

        /// The place behind every step that came before `boundary`, and itself.
        func place(of boundary: Boundary, _ name: (Kind, Int) -> String) -> Place {
            let (items, kind) = (items(boundary.stage), kind(boundary.stage))
            let steps = order(boundary.stage).firstPlace { position in
                let lag = items[position].lag
                return lag != boundary.lag ? lag > boundary.lag : name(kind, position) < boundary.name
            }
            return Place(stage: boundary.stage, steps: steps)
        }

        /// The last step before a place; `nil` where there is none.
        func boundary(at place: Place, _ name: (Kind, Int) -> String) -> Boundary? {
            var (stage, steps) = (place.stage, place.steps)
            while steps == 0 {
                guard stage > 0 else { return nil }
                stage -= 1
                steps = order(stage).count
            }
            let position = order(stage)[steps - 1]
            return Boundary(
                stage: stage, lag: items(stage)[position].lag, name: name(kind(stage), position))
        }

        func plan(at place: Place) -> Plan {
            var plan = Self.unfolded(demand, exported: full)
            for stage in 0..<min(place.stage + 1, Self.stages) {
                let steps = stage < place.stage ? order(stage).count : place.steps
                let taken = order(stage).prefix(steps)
                // The level that the stage ends with.
                let level = ExportLevel.allCases[stage / 2 + 1]
                plan.exported -= savings(stage).prefix(steps).reduce(0, +)
                switch kind(stage) {
                case .topic: for position in taken { plan.topics[position] = level }
                case .group: for position in taken { plan.groups[position] = level }
                }
            }
            return plan
        }

        static func unfolded(_ demand: Demand, exported: Int) -> Plan {
            Plan(
                topics: Array(repeating: .partition, count: demand.topics.count),
                groups: Array(repeating: .partition, count: demand.groups.count), exported: exported)
        }
    }
}
