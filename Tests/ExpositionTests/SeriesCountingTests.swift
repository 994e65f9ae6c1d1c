import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Testing

@testable import Exposition

/// What is counted is what is written: by family, in total, and whatever is folded.
@Suite struct SeriesCountingTests {
    private static func snapshot(seed: UInt64) -> ClusterSnapshot {
        var generator = SeededRandom(seed: seed)
        var snapshot = SnapshotFixtures.random(cluster: "c", using: &generator)
        snapshot.settle(using: &generator)
        return snapshot
    }

    private static func written(_ snapshot: ClusterSnapshot) -> [String: Int] {
        let part = KafkaExposition.render([snapshot], format: .text)
        return Dictionary(part.seriesByFamily.map { ($0.family, $0.count) }, uniquingKeysWith: +)
    }

    @Test func `every family of a snapshot is counted`() {
        let counted = Set(FamilyCount.all.map(\.family.name))
        #expect(counted == Set(Catalogue.snapshot.map(\.name)))
    }

    @Test func `the counts of a snapshot with every family are right for each of them`() {
        let snapshot = SnapshotFixtures.everything()
        let written = Self.written(snapshot)
        // What a group has lost is counted by the budget, after everything else.
        for family in Catalogue.snapshot where family.name != Catalogue.groupSeriesFolded.name {
            #expect(snapshot.count(of: family) == written[family.name], "\(family.name)")
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `the counts of any snapshot are right for each family`(seed: UInt64) {
        let snapshot = Self.snapshot(seed: seed)
        let written = Self.written(snapshot)
        for family in Catalogue.snapshot {
            #expect(snapshot.count(of: family) == written[family.name], "\(family.name)")
        }
        let census = SeriesCounting.census(of: snapshot)
        #expect(census.total == written.values.reduce(0, +))
        #expect(SeriesCounting.upperBound(of: snapshot) >= census.total)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `what a plan foresees is written, and no more than the limit`(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        var snapshot = Self.snapshot(seed: seed)
        let whole = SeriesCounting.census(of: snapshot).total
        let limit = Int.random(in: 1...whole + whole / 4, using: &generator)
        let top = Int.random(in: 1...4, using: &generator)
        var settings = SeriesSettings(limit: limit, counter: SeriesCounting.counter)
        if Bool.random(using: &generator) { settings.topPartitions = { _ in top } }
        var folding = SeriesFolding(settings: settings)
        for round in 0..<3 {
            // Numbers change from round to round, and with them what is known.
            if round > 0 { snapshot.settle(using: &generator) }
            let ended = folding.fill(&snapshot) == SeriesFolding.Change.foldingEnded
            let part = KafkaExposition.render([snapshot], format: .text)
            let count = part.seriesByFamily.reduce(0) { $0 + $1.count }
            if let foreseen = snapshot.series.exported { #expect(foreseen == count) }
            #expect(count <= limit || snapshot.isReduced())
            #expect(snapshot.series.isExceeded == (count > limit))
            #expect(!ended || snapshot.series.folded.total == 0)
            let parsed = try ParsedExposition(part.bytes)
            #expect(parsed.samples.count == count)
            let exported = parsed.samples(named: "lagwarden_series_exported").map(\.number)
            #expect(exported == ["\(count)"])
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `a group that lags more is never folded deeper`(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        var snapshot = Self.snapshot(seed: seed)
        for index in snapshot.groups.indices { snapshot.groups[index].granularity = .partition }
        let whole = SeriesCounting.census(of: snapshot).total
        var folding = SeriesFolding(
            settings: SeriesSettings(
                limit: Int.random(in: 1...whole, using: &generator), counter: SeriesCounting.counter))
        _ = folding.fill(&snapshot)
        for one in snapshot.groups {
            for other in snapshot.groups where one.knownLag > other.knownLag {
                #expect(one.fold <= other.fold)
            }
        }
    }

    @Test func `what is folded of a group is told with its levels`() throws {
        var snapshot = SnapshotFixtures.everything()
        for index in snapshot.groups.indices { snapshot.groups[index].fold = .partition }
        let whole = SeriesCounting.census(of: snapshot)
        let billing = try #require(snapshot.groups.firstIndex { $0.id == "billing" })
        snapshot.groups[billing].fold = .group
        snapshot.groups[billing].foldedSeries = whole.groups[billing].folded(at: .group)
        let parsed = try ParsedExposition(KafkaExposition.render([snapshot], format: .text).bytes)
        let told = parsed.samples(named: "kafka_consumer_group_series_folded")
            .filter { $0.values[1] == "billing" }
        #expect(told.map { $0.values[2] } == ["partition", "topic"])
        let counts = told.compactMap { Int($0.number) }
        #expect(counts == [whole.groups[billing].partition, whole.groups[billing].topic])
        #expect(parsed.samples.count == whole.total - counts.reduce(0, +) + 2)
        let lags = parsed.samples(named: "kafka_consumer_group_topic_lag").map { $0.values[1] }
        #expect(!lags.contains("billing"))
    }

    @Test func `only the worst partitions of a group are shown, in all families alike`() throws {
        var snapshot = SnapshotFixtures.everything()
        let billing = try #require(snapshot.groups.firstIndex { $0.id == "billing" })
        let before = snapshot.groups[billing].totals
        var folding = SeriesFolding(
            settings: SeriesSettings(counter: SeriesCounting.counter, topPartitions: { _ in 1 }))
        _ = folding.fill(&snapshot)
        #expect(snapshot.groups[billing].totals == before)
        let parsed = try ParsedExposition(KafkaExposition.render([snapshot], format: .text).bytes)
        for family in Catalogue.all where family.level == .partition && family.labels.contains("partition") {
            guard family.labels.contains("group") else { continue }
            let partitions = parsed.samples(named: family.name).filter { $0.values[1] == "billing" }
            #expect(partitions.allSatisfy { $0.values[3] == "0" }, "\(family.name)")
        }
        let folded = try #require(parsed.samples(named: "lagwarden_series_folded").first)
        #expect(folded.values[1...2] == ["partition", "top_partitions"])
        #expect(try #require(Int(folded.number)) > 0)
    }
}

extension ClusterSnapshot {
    /// Whether every group and topic is down to its summary.
    fileprivate func isReduced() -> Bool {
        groups.allSatisfy { $0.exportLevel == .summary } && topics.allSatisfy { $0.fold == .summary }
    }

    /// Series of one family as its counts say, at the configured granularities.
    fileprivate func count(of family: MetricFamily) -> Int {
        let level = family.level.exportLevel
        var sum = 0
        for entry in FamilyCount.all where entry.family.name == family.name {
            switch entry.scope {
            case .cluster(let count): sum += count(self)
            case .topic(let count):
                for topic in topics where exportLevel(of: topic) <= level { sum += count(topic) }
            case .group(let count):
                for group in groups where group.exportLevel <= level { sum += count(group) }
            case .member(let count):
                for group in groups where group.exportLevel <= level {
                    for member in MemberSeries.distinct(of: group) { sum += count(member) }
                }
            case .groupTopic(let count):
                for group in groups where group.exportLevel <= level {
                    for topic in group.topics { sum += count(self, topic) }
                }
            }
        }
        return sum
    }

    /// Makes totals those of the columns, as ledgers do, and fills what other stages fill, at random.
    fileprivate mutating func settle(using generator: inout SeededRandom) {
        for index in topics.indices {
            topics[index].retention =
                Bool.random(using: &generator)
                ? TopicRetention(time: Bool.random(using: &generator) ? .seconds(60) : nil, bytes: 5) : nil
            topics[index].underReplicatedPartitions = Bool.random(using: &generator) ? 1 : nil
        }
        offsetsTopicReplication =
            Bool.random(using: &generator)
            ? OffsetsTopicReplication(partitionCount: 50, underReplicated: []) : nil
        requestPlan = Bool.random(using: &generator) ? RequestPlanStatus(hot: 1) : nil
        timeLookups = Bool.random(using: &generator) ? TimeLookupStatus(absent: [.pending: 2]) : nil
        for group in groups.indices {
            for place in groups[group].topics.indices { settle(group, place, using: &generator) }
            let isRead = Int.random(in: 0...5, using: &generator) > 0
            groups[group].commitsRead = Bool.random(using: &generator) ? endOffsetsRead : nil
            groups[group].unavailable = isRead ? nil : .timedOut
            groups[group].totals = isRead ? LagTotals(summing: groups[group].topics.map(\.totals)) : nil
            groups[group].findings =
                Bool.random(using: &generator)
                ? [Finding(.highLag, .warning, "One."), Finding(.highLag, .warning, "Two.")] : []
            groups[group].outlook = GroupOutlook(
                catchUp: Bool.random(using: &generator) ? .seconds(1) : nil,
                isCatchUpImpossible: Bool.random(using: &generator) ? true : nil)
        }
    }

    private mutating func settle(_ group: Int, _ place: Int, using generator: inout SeededRandom) {
        let topic = groups[group].topics[place]
        let lags = topic.partitions.indices.map { lag(of: topic, at: $0)?.lag }
        let unknown = lags.count { $0 == nil }
        let isKnown = unknown == 0 && !lags.isEmpty
        let stable = topic.partitions.indices.map { stableLag(of: topic, at: $0)?.lag }
        let isStable = isKnown && !stable.contains(nil)
        groups[group].topics[place].totals = LagTotals(
            partitions: lags.count, unknownPartitions: unknown,
            lag: isKnown ? lags.reduce(0) { $0.saturatingAdd($1 ?? 0) } : nil,
            lagMax: isKnown ? lags.compactMap(\.self).max() : nil,
            stableLag: isStable ? stable.reduce(0) { $0.saturatingAdd($1 ?? 0) } : nil)
        groups[group].topics[place].lagAges = nil
        groups[group].topics[place].lagAge = nil
        groups[group].topics[place].ahead = topic.partitions.filter { _ in Bool.random(using: &generator) }
        guard Bool.random(using: &generator) else { return }
        var ages = LagAgeColumn(unknownCount: lags.count)
        let isWhole = Bool.random(using: &generator)
        for position in lags.indices where isWhole || Bool.random(using: &generator) {
            ages[position, at: endOffsetsRead.wall] = LagAge(
                age: .seconds(2), error: .milliseconds(Int64(position)))
        }
        groups[group].topics[place].lagAges = ages
        groups[group].topics[place].lagAge = ages.maximum(at: endOffsetsRead.wall)
    }
}
