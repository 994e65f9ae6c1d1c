import Exposition
import LagModel
import LagwardenTestKit
import Testing

/// Whole bodies before the strict checker, which knows the formats from their specifications alone.
@Suite struct StrictCheckTests {
    private static func checker(_ format: ExpositionFormat) -> ExpositionChecker {
        switch format {
        case .text:
            ExpositionChecker(
                .text, order: .given(Catalogue.all.map(\.name)),
                familiesWithNegatives: ["kafka_consumer_group_lag_growth_records_per_second"])
        case .openMetrics:
            ExpositionChecker(
                .openMetrics, order: .given(Catalogue.all.map(\.openMetricsName)),
                familiesWithNegatives: ["kafka_consumer_group_lag_growth_records_per_second"])
        }
    }

    private static func body(_ snapshots: [ClusterSnapshot], _ format: ExpositionFormat) -> [UInt8] {
        let part = KafkaExposition.render(snapshots, format: format)
        return part.bytes
            + ExporterExposition.render(GoldenTests.facts(part.seriesByFamily), format: format)
    }

    @Test(arguments: ExpositionFormat.allCases)
    func `a full scrape breaks no rule`(format: ExpositionFormat) {
        let body = Self.body([SnapshotFixtures.everything()], format)
        #expect(Self.checker(format).check(body).violations.isEmpty)
    }

    @Test(arguments: ExpositionFormat.allCases)
    func `a scrape before the first snapshot breaks no rule`(format: ExpositionFormat) {
        #expect(Self.checker(format).check(Self.body([], format)).violations.isEmpty)
    }

    @Test(arguments: ExpositionFormat.allCases, 0..<30 as Range<UInt64>)
    func `scrapes of random snapshots break no rule`(format: ExpositionFormat, seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let snapshots = ["a", "b"].map { SnapshotFixtures.random(cluster: $0, using: &generator) }
        #expect(Self.checker(format).check(Self.body(snapshots, format)).violations.isEmpty)
    }
}
