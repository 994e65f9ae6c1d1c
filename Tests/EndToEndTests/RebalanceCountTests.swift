import LagwardenTestKit
import Testing

extension WatchedKafka {
    /// Rebalances counted by the exporter and by those who went through them.
    @Suite struct RebalanceCountTests {
        @Test(
            "a hundred rebalances between few rounds are a hundred on the counter", arguments: TeamKind.all)
        func hundred(_ kind: TeamKind) async throws {
            try await RebalanceCount.hundred(kind, try OwnKafka.shared())
        }

        @Test("a group born while the exporter watches counts from its birth", arguments: TeamKind.all)
        func born(_ kind: TeamKind) async throws {
            let kafka = try OwnKafka.shared()
            let team = Team(kind, "born", kafka.stage)
            try await kafka.withFollower { exporter, _ in
                try await team.gather()
                let churn = try await team.churn(5)
                let scrape = try await exporter.wait(for: "the last generation") {
                    $0.generation(team.group) == Double(churn.last)
                }
                let recorded = try await kafka.stage.recordedGenerations(of: team.group)
                let first = try #require(recorded.compactMap(\.generation).first)
                // Generation 1 is the first rebalance of a classic group; epochs begin anywhere.
                let happened = kind.hasEpochs ? 1 + churn.last - first : churn.last
                #expect(scrape.rebalances(team.group) == Double(happened))
                try await kafka.stage.closeMember(team.stays)
            }
        }

        @Test(
            "a static member that goes and comes back counts nothing",
            arguments: [TeamKind.eager, .consumer])
        func staticMember(_ kind: TeamKind) async throws {
            try await RebalanceCount.staticMember(kind, try OwnKafka.shared())
        }

        @Test("an exporter that is started again counts nothing twice", arguments: TeamKind.all)
        func restart(_ kind: TeamKind) async throws {
            let kafka = try OwnKafka.shared()
            let team = Team(kind, "restart", kafka.stage)
            let start = try await team.gather()
            var counted: Double = 0
            for life in 1...2 {
                try await kafka.withFollower { exporter, before in
                    let generation = try await team.generation()
                    #expect(before.rebalances(team.group) == 0, "life \(life)")
                    #expect(before.generation(team.group) == Double(generation), "life \(life)")
                    let churn = try await team.churn(10)
                    let after = try await exporter.wait(for: "the last generation") {
                        $0.generation(team.group) == Double(churn.last)
                    }
                    #expect(after.rebalances(team.group) == Double(churn.last - generation))
                    counted += after.rebalances(team.group) ?? .nan
                }
                if life == 1 { _ = try await team.churn(5) }
            }
            let happened = try await team.generation() - start
            #expect(counted <= Double(happened - 5))
            try await kafka.stage.closeMember(team.stays)
        }
    }
}

extension OldCoordinator {
    /// The same, with generations that the old coordinator hands out.
    @Suite struct RebalanceCountTests {
        @Test(
            "a hundred rebalances between few rounds are a hundred on the counter",
            arguments: TeamKind.classic)
        func hundred(_ kind: TeamKind) async throws {
            try await RebalanceCount.hundred(kind, try OwnKafka.shared())
        }

        @Test("a static member that goes and comes back counts nothing")
        func staticMember() async throws {
            try await RebalanceCount.staticMember(.eager, try OwnKafka.shared())
        }
    }
}

/// What holds with every coordinator.
private enum RebalanceCount {
    static func hundred(_ kind: TeamKind, _ kafka: OwnKafka) async throws {
        let team = Team(kind, "hundred", kafka.stage)
        let start = try await team.gather()
        try await kafka.withFollower { exporter, before in
            #expect(before.rebalances(team.group) == 0, "history counts nothing")
            #expect(before.generation(team.group) == Double(start))
            let churn = try await team.churn(100)
            let after = try await exporter.wait(for: "the last generation") {
                $0.generation(team.group) == Double(churn.last)
            }
            let rounds = after.rounds - before.rounds
            print("RebalanceCount: \(kind.name): \(churn.steps) steps in \(churn.took), \(rounds) rounds")
            #expect(Double(churn.steps) > 2 * rounds, "they are not faster than the rounds")
            #expect(churn.first == start)
            #expect(after.rebalances(team.group) == Double(churn.steps))
            #expect(
                after.document.samples(
                    "kafka_consumer_group_rebalances_total", matching: ["group": team.group]
                ).count == 1, "exact and observed beside each other")
            let finished = try #require(after.group("rebalance_duration_seconds_count", team.group))
            #expect(finished > 0 && finished <= Double(churn.steps))

            // A second opinion, and the step that nobody is left to see.
            let last = try await team.disperse()
            let recorded = try await kafka.stage.recordedGenerations(of: team.group)
            #expect(recorded.compactMap(\.generation).contains(churn.last))
            let empty = try await exporter.wait(for: "the empty group") {
                $0.state(of: team.group) == "Empty" && $0.generation(team.group) == Double(last)
            }
            #expect(empty.rebalances(team.group) == Double(last - start))
            #expect(empty.group("members", team.group) == 0)
        }
    }

    static func staticMember(_ kind: TeamKind, _ kafka: OwnKafka) async throws {
        let team = Team(kind, "static", kafka.stage)
        try await team.gather()
        let names = try await team.seat()
        let generation = try await team.generation()
        try await kafka.withFollower { exporter, before in
            #expect(before.group("members", team.group) == 2)
            // A machine that is busy may take longer than the session, and then there is a rebalance indeed.
            var kept = 0
            for _ in 0..<8 where kept < 3 {
                let before = try await team.generation()
                try await kafka.stage.closeMember(names[1])
                _ = try await team.seat()
                if try await team.generation() == before { kept += 1 }
            }
            #expect(kept > 0, "no return was within the session")
            let steps = try await team.generation() - generation
            let after = try await exporter.wait(for: "the last generation") {
                $0.generation(team.group) == Double(generation + steps)
            }
            #expect(after.rebalances(team.group) == Double(steps))
            #expect(after.group("members", team.group) == 2)
            for name in names { try await kafka.stage.closeMember(name) }
        }
    }
}
