import ClusterAccess
import Exposition
import LagAnalysis
import LagModel
import LagwardenTestKit
import Monitor
import Testing

/// A chain of stages that takes over what did not change says the same as one that makes everything anew.
@Suite("Rounds that touch only what changed")
struct IncrementalStagesTests {
    @Test(arguments: 0..<24 as Range<UInt64>)
    func `say what rounds say that look at everything`(seed: UInt64) async {
        var world = IncrementalWorld(seed: seed)
        var settings = RoundSettings(ledger: .init(cluster: "c", growthWindow: .seconds(120)))
        settings.evaluation = EvaluationSettings(window: .seconds(300), minimum: .seconds(30))
        settings.time = seed % 4 == 3 ? nil : TimeSettings(requestsPerRound: seed % 4 == 2 ? 1 : 30)
        settings.diagnosis.notableLag = 5
        settings.diagnosis.lagAge = .seconds(100)
        let now = world.moment
        var (thrifty, eager) = (
            SnapshotStages(settings: settings, source: world.times, now: { now }),
            SnapshotStages(settings: settings, source: world.times, now: { now }, reuses: false)
        )
        var kept = world.facts()
        var series = SeriesSettings(limit: seed % 2 == 0 ? 300 : 500, counter: SeriesCounting.counter)
        if seed % 5 == 1 { series.topPartitions = { _ in 2 } }
        var eagerSeries = series
        eagerSeries.counter?.census = { snapshot, _ in SeriesCounting.census(of: snapshot) }
        var foldings = (SeriesFolding(settings: series), SeriesFolding(settings: eagerSeries))
        for round in 0..<160 {
            world.step()
            world.times.fail(round % 20 > 16 ? 1 : nil)
            let facts = world.facts()
            // Unchanged columns keep their storage in some sequences, as rounds of the monitor do; in some it
            // is told which groups changed.
            let before = kept
            kept = seed % 2 == 0 ? facts.sharing(with: kept) : facts
            if seed % 3 == 0, round % 11 > 0 { kept.news = facts.news(after: before, number: Int64(round)) }
            let replies = world.settings()
            var one = await thrifty.snapshot(of: kept, metadata: world.metadata(), settings: replies)
            var other = await eager.snapshot(of: facts, metadata: world.metadata(), settings: replies)
            // As a monitor does: the next round takes over what is published.
            let changes = (foldings.0.fill(&one), foldings.1.fill(&other))
            thrifty.keep(one)
            #expect(changes.0 == changes.1, "round \(round)")
            let found = differences(one, other)
            #expect(found == [], "round \(round)")
            if !found.isEmpty { return }
        }
    }

    /// What two snapshots of one round say differently, by the names of their fields.
    private func differences(_ one: ClusterSnapshot, _ other: ClusterSnapshot) -> [String] {
        var found = Self.differences(one, other, apart: ["topics", "groups"], in: "cluster")
        if one.topics.map(\.name) != other.topics.map(\.name) { found.append("names of topics") }
        if one.groups.map(\.id) != other.groups.map(\.id) { return found + ["names of groups"] }
        for (left, right) in zip(one.topics, other.topics) {
            found += Self.differences(left, right, apart: [], in: "topic \(left.name)")
        }
        let now = one.endOffsetsRead.wall
        for (left, right) in zip(one.groups, other.groups).map({ ($0.aged(to: now), $1.aged(to: now)) }) {
            let place = "group \(left.id)"
            found += Self.differences(left, right, apart: ["topics"], in: place)
            if left.topics.map(\.name) != right.topics.map(\.name) { return found + ["\(place) topics"] }
            for (topic, twin) in zip(left.topics, right.topics) {
                found += Self.differences(topic, twin, apart: ["history"], in: "\(place) \(topic.name)")
                for position in topic.partitions.indices where left.totals != nil {
                    let pasts = [topic, twin].map { topic in
                        var past = PartitionPast()
                        past.load(topic.history, position: position, at: one.endOffsetsRead)
                        return past
                    }
                    if pasts[0].samples != pasts[1].samples || pasts[0].fellFrom != pasts[1].fellFrom {
                        found.append("\(place) \(topic.name) past of \(position)")
                    }
                }
            }
        }
        return found
    }

    private static func isNothing(_ value: Any) -> Bool {
        let mirror = Mirror(reflecting: value)
        return mirror.displayStyle == .optional && mirror.children.isEmpty
    }

    /// Names and values of the fields that differ; one that cannot be compared counts as different.
    private static func differences<Value>(
        _ one: Value, _ other: Value, apart: Set<String>, in place: String
    ) -> [String] {
        zip(Mirror(reflecting: one).children, Mirror(reflecting: other).children).compactMap { left, right in
            let name = left.label ?? ""
            if apart.contains(name) { return nil }
            if Self.isNothing(left.value), Self.isNothing(right.value) { return nil }
            if let left = left.value as? AnyHashable, let right = right.value as? AnyHashable, left == right {
                return nil
            }
            return "\(place) \(name): \(left.value) != \(right.value)"
        }
    }
}

extension RoundFacts {
    /// What is new since an older round, and a group of which nothing is.
    fileprivate func news(after old: RoundFacts, number: Int64) -> FactsNews {
        guard groups.map(\.id) == old.groups.map(\.id) else { return FactsNews(round: number, groups: nil) }
        let new = groups.indices.filter { groups[$0] != old.groups[$0] || $0 == Int(number) % 9 }
        return FactsNews(round: number, groups: new.map { Int32($0) })
    }

    /// The same with the storage of equal parts of an older round.
    fileprivate func sharing(with old: RoundFacts) -> RoundFacts {
        var new = self
        for place in new.topics.indices {
            if let known = old.topics.first(where: { $0 == new.topics[place] }) { new.topics[place] = known }
        }
        for place in new.groups.indices {
            if let known = old.groups.first(where: { $0 == new.groups[place] }) { new.groups[place] = known }
        }
        return new
    }
}
