import ClusterAccess
import LagAnalysis
import LagModel
import Locking
import Monitor
import Testing

@Suite("Rules about names")
struct RememberedNamesTests {
    /// Each rule with what it is asked about a name.
    private static let rules: [(String, @Sendable (RoundSettings, String) -> Void)] = [
        ("admitsGroup", { _ = $0.admitsGroup(GroupID($1)) }),
        ("admitsTopic", { _ = $0.admitsTopic(TopicName($1)) }),
        ("wantsStableLag", { _ = $0.wantsStableLag(GroupID($1)) }),
        ("granularity", { _ = $0.granularity(GroupID($1)) }),
        ("topPartitions", { _ = $0.series.topPartitions?(GroupID($1)) }),
    ]

    @Test func aRuleIsAskedOnceAndAgainAboutANameThatHasBeenAway() {
        let now = Mutex(ContinuousClock.now)
        let asked = Mutex<[String: Int]>([:])
        let note = { @Sendable (rule: String) in asked.withLock { $0[rule, default: 0] += 1 } }
        var settings = RoundSettings(
            admitsGroup: { _ in note("admitsGroup") == () }, admitsTopic: { _ in note("admitsTopic") == () },
            wantsStableLag: { _ in note("wantsStableLag") == () },
            granularity: { _ in
                note("granularity")
                return .group
            }, ledger: .init(cluster: "c"))
        settings.series.topPartitions = { _ in
            note("topPartitions")
            return 7
        }
        settings.rememberNames { now.withLock { $0 } }
        for (rule, ask) in Self.rules {
            for _ in 0..<3 { ask(settings, "stays") }
            #expect(asked.withLock { $0[rule] } == 1, "\(rule)")
            for minute in 0..<3 {
                now.withLock { $0 += .seconds(60) }
                ask(settings, "other-\(minute)")
            }
            ask(settings, "stays")
            #expect(asked.withLock { $0[rule] } == 5, "\(rule)")
        }
        #expect(settings.admitsGroup("stays") && settings.admitsTopic("stays"))
        #expect(settings.wantsStableLag("stays"))
        #expect(settings.granularity("stays") == .group)
        #expect(settings.series.topPartitions?("stays") == 7)
    }
}
