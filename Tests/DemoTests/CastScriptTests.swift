import ClusterAccess
import Demo
import Testing

/// The play on paper: no broker, no clock.
@Suite struct CastScriptTests {
    /// Plays the standard cast in quarters of a second.
    private func play(seconds: Int, seed: UInt64 = 1, _ body: (CastScript, CastScript.Step) -> Void = { _, _ in })
        -> CastScript
    {
        var script = CastScript(cast: .standard(), seed: seed)
        for step in 0...(seconds * 4) {
            let result = script.advance(to: .milliseconds(step * 250))
            body(script, result)
        }
        return script
    }

    private func lag(of name: GroupID, in script: CastScript) throws -> Int64 {
        let group = try #require(script.groups.first { $0.part.group == name })
        let produced = try #require(script.production.produced[group.part.topic])
        return zip(produced, group.committed).reduce(0) { sum, partition in
            sum + partition.0 - (partition.1 ?? partition.0)
        }
    }

    @Test func writersKeepTheirPace() {
        let script = play(seconds: 60)
        for topic in script.cast.topics {
            let produced = script.production.produced[topic.name] ?? []
            #expect(produced.reduce(0, +) == Int64(topic.recordsPerSecond * 60))
            #expect(produced.allSatisfy { topic.recordsPerSecond == 0 || $0 > 0 })
        }
    }

    @Test func theSameSeedPlaysTheSame() {
        #expect(play(seconds: 20).production.produced == play(seconds: 20).production.produced)
        #expect(play(seconds: 20).production.produced != play(seconds: 20, seed: 2).production.produced)
    }

    @Test func commitsNeverPassTheEndNorGoBack() {
        var last: [GroupID: [PartitionID: Int64]] = [:]
        _ = play(seconds: 90) { script, step in
            for group in step.groups {
                for commit in group.commits {
                    let end = script.production.produced[group.part.topic]?[Int(commit.partition.rawValue)] ?? 0
                    #expect(commit.offset <= end)
                    #expect(commit.offset > last[group.part.group]?[commit.partition] ?? 0)
                    last[group.part.group, default: [:]][commit.partition] = commit.offset
                }
            }
        }
    }

    @Test func everyPartitionHasOneOwnerWhileThereAreMembers() {
        let script = play(seconds: 30)
        for group in script.groups where !group.members.isEmpty {
            let owned = group.members.flatMap(\.partitions).sorted()
            #expect(owned == script.cast.topic(group.part.topic)?.partitionIDs)
            #expect(Set(group.members.map(\.memberID)).count == group.members.count)
        }
    }

    @Test func groupsBehaveAsTheirNamesSay() throws {
        let early = play(seconds: 30)
        let late = play(seconds: 59)
        // A second of writing is what a commit interval leaves.
        #expect(try lag(of: "billing-keeps-up", in: late) <= 2 * 300)
        #expect(try lag(of: "mail-idle-members", in: late) <= 2 * 100)
        // 40 % of 300 records in each of 59 seconds.
        #expect((6_500...7_800).contains(try lag(of: "search-falls-behind", in: late)))
        #expect(try lag(of: "audit-stopped", in: late) - lag(of: "audit-stopped", in: early) == 2_900)
        #expect(try lag(of: "payments-one-stuck", in: late) > lag(of: "payments-one-stuck", in: early))
        // It rests until 40 s and then reads five times as fast as is written.
        #expect(try lag(of: "reports-in-bursts", in: early) > 2_000)
        #expect(try lag(of: "reports-in-bursts", in: late) < 300)
        let rebalancing = try #require(late.groups.first { $0.part.group == "orders-rebalancing" })
        #expect(rebalancing.generation == 8)
        let newcomer = try #require(late.groups.first { $0.part.group == "newcomer-no-commits" })
        #expect(newcomer.committed.allSatisfy { $0 == nil })
        #expect(newcomer.members.count == 1)
    }

    @Test func whoReadsTooLateGoesOnAtTheLogStart() throws {
        var script = CastScript(cast: .standard(), seed: 1)
        for step in 0...80 { _ = script.advance(to: .milliseconds(step * 250)) }
        let before = try #require(script.groups.first { $0.part.group == "clicks-losing-records" }?.committed[0])
        script.noteLogStart("clicks", PartitionID(0), before + 1_000)
        for step in 81...90 { _ = script.advance(to: .milliseconds(step * 250)) }
        let after = try #require(script.groups.first { $0.part.group == "clicks-losing-records" }?.committed[0])
        #expect(after >= before + 1_000)
    }

    @Test func namesOnSomebodysClusterHaveThePrefix() {
        let cast = Cast.standard(prefix: "lagwarden-demo-")
        #expect(cast.groups.allSatisfy { $0.group.rawValue.hasPrefix("lagwarden-demo-") })
        #expect(cast.topics.allSatisfy { $0.name.rawValue.hasPrefix("lagwarden-demo-") })
        #expect(cast.groups.allSatisfy { cast.topic($0.topic) != nil })
    }
}
