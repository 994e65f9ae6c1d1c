import KafkaLauncher
import LagwardenTestKit
import Testing

/// Three brokers, one of which is lost with the groups that it coordinates.
@Suite(
    .enabled(if: KafkaRequirement.isMet), .serialized, .ownKafka(CoordinatorScene.options),
    .timeLimit(.minutes(4)))
struct CoordinatorMoveTests {
    @Test("a group whose coordinator is lost goes on counting where it was")
    func lostCoordinator() async throws {
        let kafka = try OwnKafka.shared()
        let teams = [Team(.eager, "moved", kafka.stage), Team(.consumer, "moved", kafka.stage)]
        var starts: [String: Int64] = [:]
        for team in teams {
            starts[team.group] = try await team.gather(replicationFactor: 3)
            try await kafka.stage.moveCoordinator(of: team.group, to: 2)
        }
        // A move of the coordinator may cost the members a generation.
        for team in teams { starts[team.group] = try await Self.atRest(team) }
        try await kafka.withFollower { exporter, before in
            for team in teams {
                #expect(before.rebalances(team.group) == 0)
                #expect(before.info(of: team.group)["coordinator"] == "2")
                let churn = try await team.churn(5)
                try await exporter.wait(for: "the last generation") {
                    $0.generation(team.group) == Double(churn.last)
                }
            }

            await kafka.cluster.kill(2)
            var seen: [String: [Double]] = [:]
            let moved = try await exporter.wait(
                for: "new coordinators", groups: teams.map(\.group), within: .seconds(60)
            ) { scrape in
                for team in teams { seen[team.group, default: []] += [scrape.rebalances(team.group) ?? -1] }
                return teams.allSatisfy { team in
                    let coordinator = scrape.info(of: team.group)["coordinator"]
                    return coordinator != nil && coordinator != "2"
                        && scrape.state(of: team.group) != nil
                        && scrape.group("lag", team.group) != nil && scrape.rebalances(team.group) != nil
                }
            }
            #expect(moved.unavailable("broker", "unreachable") != 0)
            for var team in teams {
                if try CoordinatorScene.losesItsPlace(team.kind) { try await team.replaceStays() }
                let churn = try await team.churn(5)
                let after = try await exporter.wait(for: "the last generation") {
                    $0.generation(team.group) == Double(churn.last)
                }
                let happened = Double(churn.last - (starts[team.group] ?? 0))
                #expect(after.rebalances(team.group) == happened, "\(team.group)")
                // Absent for a while, perhaps; but never back, and never ahead.
                let said = (seen[team.group] ?? []).filter { $0 >= 0 }
                #expect(said == said.sorted() && said.allSatisfy { $0 >= 5 && $0 <= happened }, "\(said)")
            }
        }
    }

    /// Waits until the group is stable and its generation stays; returns it.
    private static func atRest(_ team: Team) async throws -> Int64 {
        var (last, same) = (Int64(-1), 0)
        let deadline = ContinuousClock.now + .seconds(40)
        while same < 20, ContinuousClock.now < deadline {
            let now = try await team.generation()
            let state = try? await team.stage.describeGroup(team.group).state
            same = now == last && state == "Stable" ? same + 1 : 0
            last = now
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(same == 20, "\(team.group) is not at rest")
        return last
    }
}

/// How the brokers are.
enum CoordinatorScene {
    static let options = KafkaClusterOptions(
        brokers: 3,
        overrides: WatchedScene.quick.merging(["group.consumer.session.timeout.ms": "5000"]) { $1 })

    /// A KIP-848 consumer of Kafka 3.9 that loses its coordinator waits for it for ever and loses its place.
    static func losesItsPlace(_ kind: TeamKind) throws -> Bool {
        try kind.hasEpochs && KafkaRequirement.installation().majorVersion == 3
    }
}
