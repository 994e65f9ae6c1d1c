import Foundation
import Glibc
import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import Testing

/// Tests with real clusters; one after the other, since each broker takes some hundred megabytes.
@Suite(.enabled(if: KafkaRequirement.isMet), .serialized, .inTurn, .timeLimit(.minutes(5)))
struct RealKafkaTests {}

/// Runs `body` with a fresh broker and a stage on it, and proves that nothing is left of both.
func withBroker(
    _ options: KafkaClusterOptions = KafkaClusterOptions(),
    _ body: (KafkaCluster, Stage) async throws -> Void
) async throws {
    let cluster = try await KafkaCluster.start(try KafkaRequirement.installation(), options)
    do {
        let stage = try await Stage.start(cluster)
        let pids = cluster.processIDs + [stage.processID]
        #expect(pids.count == options.brokers + 1)
        do {
            try await body(cluster, stage)
        } catch {
            Issue.record("\(error)\n\(stage.log)")
        }
        await stage.close()
        await cluster.stop()
        #expect(pids.allSatisfy { kill($0, 0) != 0 })
        #expect(!FileManager.default.fileExists(atPath: cluster.directory))
        #expect(!FileManager.default.fileExists(atPath: stage.directory.path))
    } catch {
        await cluster.stop()
        throw error
    }
}

extension RealKafkaTests {
    @Suite struct ClusterTests {
        @Test("the oracle sees groups, records and commits")
        func oracle() async throws {
            try await withBroker { _, stage in
                let oracle = ConsumerGroupOracle(stage)
                try await stage.createTopic("orders", partitions: 2)
                #expect(try await stage.produce("orders", 0, count: 10, size: 100) == 9)
                #expect(try await stage.produce("orders", 1, count: 5, timestamp: 1_000, step: 10) == 4)
                try await stage.commitOffsets("billing", [PartitionOffset("orders", 0, 4)])
                var rows = try await oracle.offsets()
                #expect(rows.map(\.lag) == [6])
                #expect(rows.first?.consumerID == nil)

                try await stage.startMember(StageMember("reader", group: "audit", topics: ["orders"]))
                try await stage.waitForAssignment(of: ["reader"], partitions: 2)
                #expect(try await stage.pollMember("reader", count: 7) == 7)
                try await stage.commitMember("reader")
                rows = try await oracle.offsets(of: "audit")
                #expect(rows.map(\.logEnd) == [10, 5])
                #expect(rows.compactMap(\.committed).reduce(0, +) == 7)
                #expect(rows.allSatisfy { $0.clientID == "reader" })
                try await stage.commitMember("reader", [PartitionOffset("orders", 1, 2)])
                #expect(try await oracle.offsets(of: "audit").last?.committed == 2)
                #expect(try await oracle.members(of: "audit").map(\.partitions) == [2])
                let states = try await oracle.states()
                #expect(states.map(\.group) == ["audit", "billing"])
                #expect(states.map(\.state) == ["Stable", "Empty"])
                #expect(states.map(\.members) == [1, 0])
                #expect(states.map(\.coordinatorID) == [1, 1])
                await #expect(throws: StageError.self) { try await oracle.run(["--nonsense"]) }
            }
        }

        @Test("three brokers: killed, paused, shut down, restarted; leaders and coordinators move")
        func threeBrokers() async throws {
            try await withBroker(KafkaClusterOptions(brokers: 3)) { cluster, stage in
                try await stage.createTopic("spread", replicas: [[1, 2, 3], [2, 3, 1], [3, 1, 2]])
                for (broker, leaders) in [(1, [1, 2, 3]), (3, [3, 2, 3])] as [(Int, [Int32?])] {
                    try await stage.moveLeader("spread", 0, to: broker)
                    let isLed = await Eventually.holds {
                        (try? await stage.describeTopic("spread"))?.map(\.leader) == leaders
                    }
                    #expect(isLed)
                }
                try await stage.commitOffsets("billing", [PartitionOffset("spread", 0, 0)])
                for broker in [2, 3] {
                    try await stage.moveCoordinator(of: "billing", to: broker)
                    let hasMoved = await Eventually.holds {
                        (try? await stage.describeGroup("billing"))?.coordinator == Int32(broker)
                    }
                    #expect(hasMoved)
                }
                let pid = try #require(cluster.processID(of: 2))
                cluster.pause(2)
                await cluster.waitUntilPaused(2)
                #expect(Self.processState(pid) == "T")
                cluster.resume(2)
                #expect(Self.processState(pid) != "T")
                await cluster.kill(2)
                #expect(cluster.processID(of: 2) == nil)
                try await cluster.waitUntilAlive([1, 3])
                try await cluster.restart(2)
                try await cluster.waitUntilAlive([1, 2, 3])
                await cluster.shutDown(3)
                try await cluster.waitUntilAlive([1, 2])
                cluster.pause(1)
            }
        }

        private static func processState(_ pid: Int32) -> String {
            let status = TextFile.read("/proc/\(pid)/status").split(separator: "\n")
            return status.first { $0.hasPrefix("State:") }?.split(whereSeparator: \.isWhitespace)[1]
                .description ?? ""
        }

        @Test("listeners with SCRAM, PLAIN and TLS, and the authorizer")
        func security() async throws {
            let options = KafkaClusterOptions(
                listeners: [.sasl, .tls, .saslOverTLS],
                users: [
                    .init(name: "admin", password: "a-secret"), .init(name: "guest", password: "g-secret"),
                ],
                superUsers: ["User:admin"])
            try await withBroker(options) { cluster, stage in
                try await stage.createTopic("secret")
                let acl = StageACL(
                    principal: "User:guest", resource: "TOPIC", name: "secret", operation: "DESCRIBE")
                let door = cluster.bootstrap(.sasl)
                let guest = try cluster.javaProperties(.sasl, user: options.users[1])
                #expect(try await stage.connect(bootstrap: door, properties: guest).isEmpty)
                try await stage.createACL(acl)
                let isAllowed = await Eventually.holds {
                    (try? await stage.connect(bootstrap: door, properties: guest)) == ["secret"]
                }
                #expect(isAllowed)
                #expect(try await stage.deleteACL(acl))

                try await stage.createUser("late", password: "l-secret", mechanism: "SCRAM-SHA-512")
                let late = KafkaClusterOptions.User(name: "late", password: "l-secret")
                let doors: [(KafkaListener, KafkaClusterOptions.User?, String)] = [
                    (.tls, nil, ""), (.saslOverTLS, options.users[0], "SCRAM-SHA-512"),
                    (.saslOverTLS, options.users[0], "PLAIN"), (.sasl, late, "SCRAM-SHA-512"),
                ]
                for (listener, user, mechanism) in doors {
                    let properties = try cluster.javaProperties(listener, user: user, mechanism: mechanism)
                    let bootstrap = cluster.bootstrap(listener)
                    let isOpen = await Eventually.holds {
                        (try? await stage.connect(bootstrap: bootstrap, properties: properties)) != nil
                    }
                    #expect(isOpen, "\(listener) \(mechanism)")
                }
                let stranger = KafkaClusterOptions.User(name: "admin", password: "wrong")
                let wrong = try cluster.javaProperties(.sasl, user: stranger)
                await #expect(throws: StageError.self) {
                    try await stage.connect(bootstrap: door, properties: wrong)
                }
            }
        }

        @Test("a broker that cannot start says why")
        func badOptions() async throws {
            let options = KafkaClusterOptions(overrides: ["num.io.threads": "none"])
            do throws(LaunchError) {
                let cluster = try await KafkaCluster.start(try KafkaRequirement.installation(), options)
                await cluster.stop()
                Issue.record("it started")
            } catch {
                #expect(error.description.contains("num.io.threads"))
            }
        }
    }
}
