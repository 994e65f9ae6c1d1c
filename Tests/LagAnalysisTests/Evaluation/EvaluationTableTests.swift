import LagAnalysis
import LagModel
import Testing

/// Every rule's verdict on a reader's story, and Burrow's beside it.
@Suite("What readers' pasts say of them")
struct EvaluationTableTests {
    /// Ten records a second.
    private static let steady: @Sendable (Int) -> Int64 = { Int64($0) * 10 }
    private static let burst: @Sendable (Int) -> Int64 = { $0 < 1100 ? 1000 : 1001 }

    /// Where both say the same.
    static let agreeing: [ReaderStory] = [
        ReaderStory(
            testDescription: "reads everything", end: steady,
            commits: ReaderStory.commits(every: 10) { steady($0) }, ours: .ok, burrow: .ok),
        ReaderStory(
            testDescription: "keeps up, with a commit every five seconds", end: steady,
            commits: ReaderStory.commits(to: 1199, every: 5) { steady($0) - Int64($0 % 3) }, ours: .ok,
            burrow: .ok),
        ReaderStory(
            testDescription: "has read all there was and stopped", end: { min(steady($0), 1000) },
            commits: ReaderStory.commits(to: 300, every: 5) { min(steady($0), 1000) }, ours: .ok,
            burrow: .ok),
        ReaderStory(
            testDescription: "reads half of what comes", end: steady,
            commits: ReaderStory.commits(every: 5) { steady($0) / 2 }, ours: .warn, burrow: .warn),
        ReaderStory(
            testDescription: "catches up", end: { 9000 + Int64($0) },
            commits: ReaderStory.commits(every: 5) { Int64($0) * 5 }, ours: .ok, burrow: .ok),
        ReaderStory(
            testDescription: "commits no more while records come", end: steady,
            commits: ReaderStory.commits(to: 700, every: 5) { steady($0) - 10 }, ours: .stop, burrow: .stop),
        ReaderStory(
            testDescription: "commits the same offset again and again", end: steady,
            commits: ReaderStory.commits(every: 5) { min(steady($0) - 5, 4000) }, ours: .stall,
            burrow: .stall),
        ReaderStory(
            testDescription: "went back and reads on", end: { 20_000 + steady($0) },
            commits: ReaderStory.commits(every: 5) { $0 < 1180 ? 20_000 : 500 + Int64($0) }, ours: .rewind,
            burrow: .rewind),
        ReaderStory(
            testDescription: "went back and is farther again", end: { 20_000 + Int64($0) / 4 },
            commits: ReaderStory.commits(every: 5) {
                $0 == 1170 ? 500 : 15_000 + Int64($0)
            }, ours: .ok, burrow: .ok),
        ReaderStory(
            testDescription: "stopped, within the lag that is allowed", end: { min(steady($0), 1080) },
            commits: ReaderStory.commits(to: 100, every: 5) { steady($0) },
            settings: EvaluationSettings(allowedLag: 100), ours: .ok, burrow: .ok),
    ]

    /// Where they differ on purpose; the name says why.
    static let differing: [ReaderStory] = [
        ReaderStory(
            testDescription: "a batch every 100 s, dead for 500 s: rare commits do not hide a stop",
            end: steady, commits: ReaderStory.commits(to: 700, every: 100) { steady($0) }, ours: .stop,
            burrow: .ok),
        ReaderStory(
            testDescription: "a quiet topic's only record, 100 s old: that is no stopped reader", end: burst,
            commits: ReaderStory.commits(from: 10, to: 60, every: 5) { _ in 1000 }, ours: .ok, burrow: .stop),
        ReaderStory(
            testDescription: "one moment without lag 500 s ago: the growth since is not excused by it",
            end: steady,
            commits: ReaderStory.commits(every: 60) { $0 <= 700 ? steady($0) : 7000 + Int64($0 - 700) * 4 },
            ours: .warn, burrow: .ok),
        ReaderStory(
            testDescription: "teeth of a saw that rise: one lag that is lower than the last is no recovery",
            end: { 100_000 + steady($0) },
            commits: ReaderStory.commits(every: 30) {
                100_000 + steady($0) - Int64($0) * 4 - ($0 % 60 == 0 ? 150 : 0)
            }, ours: .warn, burrow: .ok),
        ReaderStory(
            testDescription: "always 2000 behind: lag that stays the same is no growth",
            end: { 2000 + steady($0) },
            commits: ReaderStory.commits(every: 5, steady), ours: .ok, burrow: .warn),
        ReaderStory(
            testDescription: "went back longer ago than the window, with rare commits since",
            end: { 50_000 + Int64($0) },
            commits: ReaderStory.commits(every: 100) { $0 < 500 ? 30_000 : Int64($0) * 10 }, ours: .ok,
            burrow: .rewind),
        ReaderStory(
            testDescription: "the topic was made anew: its reader did not go back in this log",
            end: { $0 < 1170 ? 30_000 : Int64($0 - 1170) * 10 },
            commits: ReaderStory.commits(every: 5) { $0 < 1170 ? 30_000 : Int64($0 - 1170) * 9 },
            ours: .ok, burrow: .rewind),
        ReaderStory(
            testDescription: "watched for 20 s only: too little to say anything", end: steady,
            commits: ReaderStory.commits(every: 5) { steady($0) / 2 }, since: 1180, ours: nil,
            burrow: .warn),
        ReaderStory(
            testDescription: "watched for two minutes in which nobody committed: not OK, and not yet a stop",
            end: steady, commits: [(0, 4000)], since: 1080, ours: nil, burrow: .ok),
        ReaderStory(
            testDescription: "the same offset again and again, as the coordinator alone tells: a stop",
            end: steady,
            commits: ReaderStory.commits(every: 5) { min(steady($0) - 5, 4000) }, hasTimes: false,
            ours: .stop, burrow: .stall),
    ]

    /// What Burrow has no rules for.
    static let beyond: [ReaderStory] = [-300, 300].flatMap { skew in
        [
            ReaderStory(
                testDescription: "keeps up at a distance, clocks \(skew) s apart", end: { 2000 + steady($0) },
                commits: ReaderStory.commits(every: 5, steady), skew: skew, ours: .ok),
            ReaderStory(
                testDescription: "commits no more, clocks \(skew) s apart", end: steady,
                commits: ReaderStory.commits(to: 500, every: 5) { steady($0) - 10 }, skew: skew, ours: .stop),
        ]
    }

    @Test(arguments: agreeing + differing + beyond)
    func `each story has its verdict`(story: ReaderStory) {
        var past = PartitionPast()
        past.load(story.history, position: 0)
        #expect(EvaluationRules.status(of: past, story.settings) == story.ours)
        if let burrow = story.burrow { #expect(BurrowRules.status(of: story) == burrow) }
        let verdict = GroupTopicVerdict(story.history, story.settings)
        #expect(verdict.statuses == [story.ours])
    }

    @Test(arguments: agreeing.indices)
    func `stories on which both agree do agree`(index: Int) {
        let story = Self.agreeing[index]
        #expect(story.ours == story.burrow)
    }

    @Test(arguments: differing.indices)
    func `stories on which they differ do differ`(index: Int) {
        let story = Self.differing[index]
        #expect(story.ours != story.burrow)
    }

    @Test func `a stop is known within two of the usual pauses, however sparse the commits were before`() {
        var story = ReaderStory(
            testDescription: "", end: Self.steady,
            commits: ReaderStory.commits(to: 600, every: 5) { Self.steady($0) - 10 }, now: 600)
        func status(_ now: Int) -> PartitionStatus? {
            story.now = now
            var past = PartitionPast()
            past.load(story.history, position: 0)
            return EvaluationRules.status(of: past, story.settings)
        }
        #expect(status(600) == .ok)
        #expect(status(650) == .ok)
        #expect(status(740) == .stop, "the pauses that rounds see are up to a tenth of the window")
        story.commits = ReaderStory.commits(to: 600, every: 200) { Self.steady($0) - 10 }
        #expect(status(900) == .ok)
        #expect(status(1100) == .stop)
    }

    @Test func `a group that commits rarely is no stop just because watching began between two commits`() {
        for hasTimes in [true, false] {
            var story = ReaderStory(
                testDescription: "", end: Self.steady,
                commits: ReaderStory.commits(every: 200) { Self.steady($0) - 10 }, now: 0, since: 570,
                hasTimes: hasTimes)
            for now in stride(from: 580, through: 1200, by: 10) {
                story.now = now
                var past = PartitionPast()
                past.load(story.history, position: 0)
                let status = EvaluationRules.status(of: past, story.settings)
                #expect(status == .ok || status == nil, "second \(now)")
            }
        }
    }

    @Test func `what nobody knows gets no verdict`() {
        let past = PartitionPast(samples: [
            .init(age: .seconds(600), committed: 5, end: 10, lag: 5),
            .init(age: .zero, committed: 5, end: nil, lag: nil),
        ])
        #expect(EvaluationRules.status(of: past, EvaluationSettings()) == nil)
        #expect(EvaluationRules.status(of: PartitionPast(), EvaluationSettings()) == nil)
    }

    @Test func `a reader that left nothing but transaction markers is done`() {
        let story = ReaderStory(
            testDescription: "one marker left for long", end: { _ in 101 }, commits: [(at: 0, offset: 100)])
        #expect(GroupTopicVerdict(story.history, story.settings).statuses == [.stop])
        #expect(GroupTopicVerdict(story.history, story.settings, passed: [1]).statuses == [.stop])
        #expect(GroupTopicVerdict(story.history, story.settings, passed: [0]).statuses == [.ok])
    }

    @Test func `an age of the oldest record that is known by other means proves a stop at once`() {
        var past = PartitionPast(samples: [
            .init(age: .zero, committed: 5, end: 10, lag: 5, commitAge: .seconds(7200))
        ])
        #expect(EvaluationRules.status(of: past, EvaluationSettings()) == nil)
        past.unreadAge = .seconds(7190)...(.seconds(7210))
        #expect(EvaluationRules.status(of: past, EvaluationSettings()) == .stop)
    }

    @Test func `a timestamp of long ago on a record that just came is no stop`() {
        let past = PartitionPast(
            samples: [
                .init(age: .seconds(30), committed: 5, end: 5, lag: 0, commitAge: .seconds(7200)),
                .init(age: .zero, committed: 5, end: 6, lag: 1, commitAge: .seconds(7200)),
            ], unreadAge: .seconds(21_000)...(.seconds(22_000)))
        #expect(EvaluationRules.status(of: past, EvaluationSettings()) == nil, "known for 30 s only")
    }

    @Test func `a timestamp of the future does not excuse a reader that falls behind`() {
        var story = Self.agreeing[3]
        story.ours = .warn
        var past = PartitionPast()
        past.load(story.history, position: 0)
        past.unreadAge = .zero ... .zero
        #expect(EvaluationRules.status(of: past, story.settings) == .warn)
    }
}
