import ClusterAccess
import LagAnalysis
import LagModel
import Testing

/// What every finding has in common, and which settings are never named for which kind of group.
@Suite struct AdviceTests {
    /// Settings of a client that a member of a KIP-848 group ignores.
    static let ignored: Set = [
        "session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy",
    ]

    /// A group of one kind in which every rule that can speak does.
    static func sick(_ type: GroupType) -> GroupContext {
        var topic = Script.topic(committed: [0, 200_000], end: [200_000, 200_100], start: 10)
        topic.ahead = [1]
        topic.lossMargin = .zero
        let gone = Script.topic("gone", index: nil, committed: [1], end: [1])
        var member = Script.member("a", 0, 1)
        member.rebalanceTimeout = .seconds(30)
        let members = [member, Script.member("b")]
        var group = Script.group([gone, topic], type: type, members: members)
        group.lagGrowth = 12
        group.outlook = GroupOutlook(isCatchUpImpossible: true)
        return Script.context(group, ends: [200_000, 200_100], start: 10) {
            $0.recentRebalances = 100
            $0.rebalancingFor = .seconds(900)
            $0.commitWaits = ["t": .seconds(90)]
            $0.recentlyLost = ["t": 8]
            $0.standing = ["t": .init(stopped: [0], stalled: [1])]
            $0.lagAge = .seconds(4000)
        }
    }

    @Test(arguments: [GroupType.classic, .consumer])
    func `settings fit the kind of the group`(type: GroupType) {
        let findings = Diagnosis.findings(Self.sick(type))
        let settings = Set(findings.flatMap(\.suggestions).compactMap(\.setting))
        #expect(settings.isDisjoint(with: Self.ignored) == (type == .consumer))
        #expect(settings.contains("group.consumer.session.timeout.ms") == (type == .consumer))
        #expect(settings.isSuperset(of: ["max.poll.records", "max.poll.interval.ms", "group.instance.id"]))
    }

    @Test(arguments: [GroupType.classic, .consumer, .simple])
    func `a finding is one sentence with numbers and something to do`(type: GroupType) {
        let findings = Diagnosis.findings(Self.sick(type))
        #expect(findings.count >= 10)
        for finding in findings {
            #expect(finding.summary.hasSuffix(".") && !finding.summary.contains("  "))
            #expect(finding.summary.first?.isUppercase == true || finding.summary.first?.isNumber == true)
            #expect(!finding.evidence.isEmpty && !finding.suggestions.isEmpty, "\(finding.kind)")
            #expect(Set(finding.evidence.map(\.name)).count == finding.evidence.count)
            for suggestion in finding.suggestions {
                #expect(suggestion.tradeOff.hasSuffix("."))
                #expect((suggestion.setting == nil) == (suggestion.direction == .act))
            }
        }
    }

    @Test func `the worst comes first`() {
        let severities = Diagnosis.findings(Self.sick(.classic)).map(\.severity)
        #expect(severities == severities.sorted(by: >))
        #expect(Set(severities) == Set(Finding.Severity.allCases))
    }

    @Test func `a group of readers without management is not told of rebalances or members`() {
        var group = Script.group([Script.topic(committed: [0], end: [50])], type: .simple, state: .empty)
        group.stateBegan = .told(Script.ago(9_000))
        #expect(Script.context(group, ends: [50]).verdicts == [])
    }
}

@Suite struct MemoryTests {
    @Test func `events of a window are counted, not those before`() {
        var count = EventCount()
        for second in stride(from: 0, through: 1_200, by: 10) {
            count.record(Int64(second / 100), at: time(second), window: .seconds(600))
        }
        #expect((6...7).contains(count.increase(at: time(1_200), window: .seconds(600))))
        count.record(0, at: time(1_210), window: .seconds(600))
        #expect(count.increase(at: time(1_210), window: .seconds(600)) == 0, "another series")
    }

    /// Lag and records consumed so far, ten seconds apart; how long records waited for the newest commit.
    @Test(
        arguments: [
            ([(0, 0), (0, 0)], nil), ([(5, 0), (5, 0), (5, 0)], nil), ([(0, 0), (5, 0), (5, 0), (0, 9)], 20),
            ([(5, 0), (5, 9), (5, 18)], 10), ([(5, 0), (5, 0), (0, 9), (0, 9), (3, 9), (0, 12)], 10),
            ([(0, 0), (0, 9)], 0), ([(5, 0), (nil, 0), (5, 0), (0, 9)], 10),
        ] as [([(Int64?, Int64)], Int?)])
    func `how long records wait for a commit`(rounds: [(Int64?, Int64)], wait: Int?) {
        var rhythm = CommitRhythm()
        for (round, (lag, consumed)) in rounds.enumerated() {
            rhythm.observe(lag: lag, consumed: consumed, at: time(10 * round))
        }
        #expect(rhythm.wait == wait.map { .seconds($0) })
    }
}
