import ClusterAccess
import LagModel
import Testing

/// What time alone does to what was told of a group.
@Suite struct AgingTests {
    private static let told = WallTime(nanosecondsSince1970: 1_700_000_000_000_000_500)

    private static func later(_ time: Duration) -> WallTime {
        let parts = time.components
        return WallTime(
            nanosecondsSince1970: told.nanosecondsSince1970 + parts.seconds * 1_000_000_000
                + parts.attoseconds / 1_000_000_000)
    }

    private static func group(lag: Int64, age: Duration, margin: Duration?) -> GroupSnapshot {
        let totals = LagTotals(partitions: 1, unknownPartitions: 0, lag: lag, lagMax: lag)
        var topic = GroupTopicSnapshot(
            name: "t", topicIndex: 0, partitions: [0], committed: [5], totals: totals)
        topic.lagAge = LagAge(age: age, error: .seconds(2))
        topic.lossMargin = margin
        var group = GroupSnapshot(id: "g", topics: [topic], totals: totals)
        group.lagAge = topic.lagAge
        group.agesTold = told
        return group
    }

    @Test(
        arguments: [
            (.zero, .seconds(60), .seconds(40)), (.seconds(1), .seconds(61), .seconds(39)),
            (.seconds(40), .seconds(100), .zero), (.seconds(41), .seconds(101), .zero),
            (.nanoseconds(400), .seconds(60), .seconds(40)),
            (.nanoseconds(500), .microseconds(60_000_001), .microseconds(39_999_999)),
        ] as [(Duration, Duration, Duration)])
    func `ages grow and margins shrink to zero`(passed: Duration, age: Duration, margin: Duration) {
        let aged = Self.group(lag: 3, age: .seconds(60), margin: .seconds(40)).aged(to: Self.later(passed))
        #expect(aged.lagAge == LagAge(age: age, error: .seconds(2)))
        #expect(aged.topics[0].lagAge == aged.lagAge)
        #expect(aged.topics[0].lossMargin == margin)
        #expect(aged.agesTold == Self.later(passed))
    }

    @Test func `a group that has read everything does not age`() {
        let aged = Self.group(lag: 0, age: .zero, margin: nil).aged(to: Self.later(.seconds(50)))
        #expect(aged.lagAge?.age == .zero && aged.topics[0].lagAge?.age == .zero)
        #expect(aged.topics[0].lossMargin == nil)
    }

    @Test func `what nobody told has no age to go on from`() {
        var group = Self.group(lag: 3, age: .seconds(60), margin: .seconds(40))
        group.agesTold = nil
        let aged = group.aged(to: Self.later(.seconds(50)))
        #expect(aged.lagAge?.age == .seconds(60) && aged.agesTold == nil)
    }

    @Test func `a finding knows which of its numbers go on`() {
        let finding = Finding(
            .highLag, .warning, Finding.Sentence("Behind by ", .seconds(59), .grows, "."),
            evidence: [
                .init("lag_records", 7 as Int64), .init("lag_seconds", .seconds(59), .grows),
                .init("loss_margin_seconds", .seconds(30), .shrinks), .init("window_seconds", .seconds(600)),
            ])
        let aged = finding.aged(by: .seconds(61))
        #expect(finding.summary == "Behind by 59 s." && aged.summary == "Behind by 2 min.")
        #expect(aged.evidence.map(\.value) == [7, 120, 0, 600])
    }
}
