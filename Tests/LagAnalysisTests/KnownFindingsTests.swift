import ClusterAccess
import LagAnalysis
import LagModel
import Testing

/// What was found in the last round goes on where only time is new, and says what a new look would say.
@Suite struct KnownFindingsTests {
    /// The same group some time later, in which nothing happened.
    fileprivate static func later(_ seconds: Int64, _ context: GroupContext) -> GroupContext {
        var later = context
        let now = Script.now
        later.cluster.endOffsetsRead = Moment(
            wall: WallTime(
                nanosecondsSince1970: now.wall.nanosecondsSince1970 + seconds * 1_000_000_000),
            monotonic: now.monotonic + .seconds(seconds))
        later.lagAge = context.lagAge.map { $0 + .seconds(seconds) }
        later.rebalancingFor = context.rebalancingFor.map { $0 + .seconds(seconds) }
        later.known = Diagnosis.findings(context).map { $0.aged(by: .seconds(seconds)) }
        return later
    }

    fileprivate static func anew(_ context: GroupContext) -> [Finding] {
        var context = context
        context.known = nil
        return Diagnosis.findings(context)
    }

    /// Every rule speaks, and commits have a time.
    private static func sick(_ type: GroupType) -> GroupContext {
        var context = AdviceTests.sick(type)
        for place in context.group.topics.indices { context.group.topics[place].lastCommit = Script.ago(100) }
        return context
    }

    @Test(arguments: [GroupType.classic, .consumer, .simple], [1, 59, 3_600, 200_000] as [Int64])
    func `findings that are only older are those of a new look`(type: GroupType, seconds: Int64) {
        var later = Self.later(seconds, Self.sick(type))
        let fresh = Self.anew(later)
        // What stands still is not told again where it is known.
        later.standing = [:]
        #expect(Diagnosis.findings(later) == fresh)
        let ages = fresh.flatMap(\.evidence).filter { $0.name == "commit_age_seconds" }.map(\.value)
        #expect(ages.count == 3 && ages.allSatisfy { $0 == Double(100 + seconds) })
    }

    @Test func `partitions that stand still anew are looked at`() {
        let context = Self.sick(.classic)
        var later = Self.later(30, context)
        // As where a verdict is new.
        later.known = nil
        later.standing = ["t": .init(stopped: [], stalled: [0, 1])]
        #expect(Diagnosis.findings(later) == Self.anew(later))
        #expect(later.finding(.stoppedPartition) == nil)
        #expect(later.finding(.stalledPartition)?.partition == 0)
        later.standing = [:]
        #expect(later.finding(.stalledPartition) == nil)
    }

    @Test func `a group that is known to be healthy may become late`() {
        var context = Script.context(
            Script.group([Script.topic(committed: [0], end: [50])]), ends: [50])
        context.lagAge = .seconds(10)
        #expect(Diagnosis.findings(context).isEmpty)
        let late = Self.later(9_000, context)
        #expect(Diagnosis.findings(late) == Self.anew(late))
        #expect(late.finding(.highLag)?.suggestions.isEmpty == false)
    }
}

/// Until when what was found is only getting older.
@Suite struct TimeToChangeTests {
    private static func context(
        lag: Int64 = 50, age: Duration?, margin: Duration? = nil,
        _ change: (inout GroupContext) -> Void = { _ in }
    ) -> GroupContext {
        var topic = Script.topic(committed: [0], end: [lag])
        topic.lossMargin = margin
        return Script.context(Script.group([topic]), ends: [lag]) {
            $0.lagAge = age
            change(&$0)
        }
    }

    private static func stillness(_ context: GroupContext) -> Diagnosis.Stillness? {
        Diagnosis.timeToChange(context, Diagnosis.findings(context))
    }

    @Test(
        arguments: [
            (nil, nil, nil), (.seconds(10), nil, .seconds(590)), (.seconds(601), nil, nil),
            (.seconds(10), .seconds(4_000), .seconds(400)), (.seconds(900), .seconds(3_600), .seconds(2_700)),
            (.seconds(900), .seconds(900), .seconds(900)), (.seconds(900), .zero, nil),
        ] as [(Duration?, Duration?, Duration?)])
    func `a threshold is a moment to look again`(age: Duration?, margin: Duration?, next: Duration?) {
        #expect(Self.stillness(Self.context(age: age, margin: margin)) == .init(time: next))
    }

    @Test func `what moves by more than its age is looked at in every round`() {
        #expect(Self.stillness(Self.context(age: .seconds(10)) { $0.rebalancingFor = .seconds(1) }) == nil)
        let lost = Self.context(age: .seconds(10)) { $0.recentlyLost = ["t": 3] }
        #expect(Self.stillness(lost) == nil)
        let expiring = Self.context(age: .seconds(10)) {
            $0.cluster.offsetsRetention = .seconds(600)
            $0.group.type = .simple
            $0.group.topics[0].lastCommit = Script.ago(500)
        }
        #expect(expiring.finding(.offsetsExpiring) != nil && Self.stillness(expiring) == nil)
        #expect(Self.stillness(Self.context(age: .zero)) == nil, "a record from the future")
        let pace = Self.context(age: .seconds(10)) { $0.group.outlook = GroupOutlook(catchUp: .seconds(5)) }
        #expect(Self.stillness(pace) == nil)
        #expect(Self.stillness(Self.context(lag: 0, age: .zero)) == .init(time: nil))
    }

    @Test(arguments: [(nil, true), (100, true), (0, true), (-1, false)] as [(Int64?, Bool)])
    func `rare commits get older, unless they are from the future`(ago: Int64?, isStill: Bool) {
        let rare = Self.context(age: .seconds(10)) {
            $0.commitWaits = ["t": .seconds(90)]
            $0.group.topics[0].lastCommit = ago.map { Script.ago($0) }
        }
        #expect(Self.stillness(rare) == (isStill ? .init(time: .seconds(590)) : nil))
        if isStill { Self.expectAging(rare, for: [1, 60, 589]) }
    }

    @Test func `records that are gone stay gone`() {
        let gone = Self.context(age: .seconds(10)) {
            $0.cluster.topics[0].logStart[0] = 20
        }
        #expect(gone.finding(.recordsLost)?.evidence.map(\.value) == [0, 20, 0])
        #expect(Self.stillness(gone) == .init(time: .seconds(590)))
        Self.expectAging(gone, for: [1, 60, 589])
    }

    @Test(
        arguments: [
            (.told(Script.ago(20)), .init(time: .seconds(40))), (.told(Script.ago(60)), .init(time: .zero)),
            (.told(Script.ago(61)), .init(time: nil)), (.told(Script.ago(-1)), nil),
            (.watched(Script.now.monotonic + .seconds(-61)), nil), (nil, nil),
        ] as [(StateBeginning?, Diagnosis.Stillness?)])
    func `a group is without members for longer and longer`(
        began: StateBeginning?, stillness: Diagnosis.Stillness?
    ) {
        let empty = Self.context(age: nil) {
            $0.group.state = .empty
            $0.group.stateBegan = began
        }
        #expect(empty.finding(.noActiveMembers) != nil)
        #expect(Self.stillness(empty) == stillness)
        guard let stillness else { return }
        Self.expectAging(
            empty, for: [1, 39, 60, 100_000].filter { stillness.time ?? .seconds(1e9) > .seconds($0) })
    }

    /// What was found says the same as a new look some seconds later.
    private static func expectAging(_ context: GroupContext, for seconds: [Int64]) {
        for seconds in seconds {
            let later = KnownFindingsTests.later(seconds, context)
            #expect(later.known == KnownFindingsTests.anew(later), "after \(seconds) s")
        }
    }
}

/// Numbers in sentences.
@Suite struct WordingTests {
    @Test(
        arguments: [
            (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (1_001, "1,001"), (12_045, "12,045"),
            (100_010, "100,010"), (1_000_000, "1,000,000"), (-1, "-1"), (-1_234, "-1,234"),
            (.max, "9,223,372,036,854,775,807"), (.min, "-9,223,372,036,854,775,808"),
        ] as [(Int64, String)])
    func `thousands stand apart`(number: Int64, text: String) {
        #expect(Wording.grouped(number) == text)
    }

    @Test(
        arguments: [
            (.milliseconds(999), "0 s"), (.seconds(-5), "0 s"), (.seconds(1), "1 s"), (.seconds(59), "59 s"),
            (.seconds(60), "1 min"), (.seconds(61), "1 min 1 s"), (.seconds(3_600), "1 h"),
            (.seconds(3_659), "1 h"), (.seconds(3_660), "1 h 1 min"), (.seconds(86_400), "1 d"),
            (.seconds(86_400 + 3_599), "1 d"), (.seconds(3 * 86_400 + 4 * 3_600 + 59), "3 d 4 h"),
        ] as [(Duration, String)])
    func `a duration is its two largest units`(duration: Duration, text: String) {
        #expect(Wording.duration(duration) == text)
    }
}
