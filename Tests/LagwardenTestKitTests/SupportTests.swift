import ClusterAccess
import Foundation
import Glibc
import KafkaLauncher
import Locking
import Testing

@testable import LagwardenTestKit

/// What happened, in order.
private final class Recorder: Sendable {
    let values = Mutex<[Int]>([])
}

@Suite(.timeLimit(.minutes(5))) struct ManualClockTests {
    @Test("wakes sleepers in the order of their deadlines, each at its moment")
    func order() async {
        let clock = ManualClock()
        let woken = Recorder()
        await withTaskGroup(of: Void.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try? await clock.sleep(for: .seconds(seconds))
                    woken.values.withLock { $0.append(seconds) }
                }
            }
            await clock.waitForSleepers(3)
            #expect(clock.nextDeadline?.offset == .seconds(1))
            for count in 1...3 {
                clock.advance(by: .seconds(1))
                await Eventually.comes { woken.values.withLock { $0.count } >= count }
            }
        }
        #expect(woken.values.withLock { $0 } == [1, 2, 3])
        #expect(clock.now.offset == .seconds(3))
    }

    @Test("does not sleep until what has passed, and never goes back")
    func past() async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(5))
        try await clock.sleep(until: .init(offset: .seconds(5)))
        clock.advance(to: .init(offset: .seconds(1)))
        #expect(clock.now.offset == .seconds(5))
    }

    @Test("a cancelled sleeper throws")
    func cancellation() async {
        let clock = ManualClock()
        let sleeper = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.waitForSleepers()
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
    }
}

@Suite struct SeededRandomTests {
    @Test("gives the numbers of SplitMix64")
    func reference() {
        var random = SeededRandom(seed: 1_234_567)
        let numbers = (0..<3).map { _ in random.next() }
        #expect(
            numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }
}

@Suite(.timeLimit(.minutes(5))) struct ScriptedSourceTests {
    private func example() -> ScriptedSource {
        var cluster = ScriptedCluster(brokers: [1, 2])
        cluster.addTopic("orders", partitions: 3, logStart: 2, highWatermark: 10)
        cluster.update("orders", 2) { $0.lastStable = 7 }
        cluster.commit("billing", "orders", 0, 5)
        return ScriptedSource(cluster)
    }

    @Test("answers what the cluster is")
    func answers() async throws {
        let source = example()
        let metadata = try await source.metadata()
        #expect(metadata.topics.map(\.name) == ["orders"])
        #expect(metadata.topics.first?.partitions.map(\.leader?.rawValue) == [1, 2, 1])
        #expect(try await source.listGroups(on: BrokerID(1)).groups.map(\.group) == ["billing"])
        #expect(try await source.listGroups(on: BrokerID(2)).groups.isEmpty)
        let commits = try await source.committedOffsets(of: "billing", on: BrokerID(1))
        #expect(commits.topics.map(\.offsets) == [[5]])
        #expect(try await source.committedOffsets(of: "unknown", on: BrokerID(1)) == CommittedOffsets())
        let asked = [TopicPartitions(topic: "orders", partitions: (0...3).map { PartitionID($0) })]
        let offsets = await source.logOffsets(.lastStable, of: asked, leader: BrokerID(1))
        #expect(offsets.topics.map(\.partitions) == [[PartitionID(0), PartitionID(2)]])
        #expect(offsets.topics.map(\.offsets) == [[10, 7]])
        #expect(offsets.failures.map(\.error.reason) == [.notLeader, .unknownTopicOrPartition])
        #expect(source.count(.listOffsets) == 1)
        #expect(source.calls.last?.partitionCount == 4)
    }

    @Test("fails as scripted, as often as scripted")
    func failures() async throws {
        let source = example()
        source.fail(.init(.offsetFetch, group: "billing", reason: .groupUnauthorized, times: 1))
        await #expect(throws: ClusterError.self) {
            try await source.committedOffsets(of: "billing", on: BrokerID(1))
        }
        _ = try await source.committedOffsets(of: "billing", on: BrokerID(1))
        source.withCluster { $0.brokers[BrokerID(1)]?.isUp = false }
        let answer = await source.describeGroups(["billing"], on: BrokerID(1))
        #expect(answer.map(\.error?.reason) == [.brokerUnavailable])
        #expect(source.requestStatistics().errors.values.reduce(0, +) == 2)
        await source.close()
        await #expect(throws: ClusterError.self) { try await source.metadata() }
    }

    @Test("holds requests back until they are released or the source is closed")
    func holding() async throws {
        let source = example()
        source.hold(.metadata)
        let held = Task { try await source.metadata() }
        await source.waitUntilHeld(.metadata)
        source.release(.metadata)
        #expect(try await held.value.brokers.count == 2)
        source.hold(.metadata)
        let closed = Task { try await source.metadata() }
        await source.waitUntilHeld(.metadata)
        await source.close()
        await #expect(throws: ClusterError.self) { try await closed.value }
    }
}

@Suite struct ParsingTests {
    @Test("reads the oracle's tables, with spaces in names and dashes for nothing")
    func oracleTables() {
        let output = """

            Consumer group 'my group' has no active members.

            GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             \
            CONSUMER-ID     HOST            CLIENT-ID
            my group        orders          0          4               10              6               \
            -               -               -
            my group        orders          1          -               10              -               \
            -               -               -

            """
        let rows = ConsumerGroupOracle.offsets(in: output)
        #expect(rows.map(\.group) == ["my group", "my group"])
        #expect(rows.map(\.committed) == [4, nil])
        #expect(rows.map(\.lag) == [6, nil])
        #expect(rows.map(\.consumerID) == [nil, nil])
    }

    struct AnswerCase: Sendable {
        var text: String
        var status: Int?
        var body = ""
    }

    @Test(
        "reads HTTP answers",
        arguments: [
            AnswerCase(text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi"),
            AnswerCase(text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi"),
            AnswerCase(text: "HTTP/1.0 404 Not Found\r\n\r\nno", status: 404, body: "no"),
            AnswerCase(
                text: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n1;x\r\n!\r\n0\r\n\r\n",
                status: 200, body: "hi!"),
            AnswerCase(text: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhi\r\n0\r\n\r\n"),
            AnswerCase(text: "hello"),
        ])
    func httpAnswers(_ example: AnswerCase) {
        let answer = HTTPProbe.parse(Array(example.text.utf8), hasBody: true)
        #expect(answer?.status == example.status)
        #expect((answer?.text ?? "") == example.body)
    }
}

@Suite(.timeLimit(.minutes(2))) struct ProcessTests {
    @Test("captures what a program prints and how it ends")
    func capture() async throws {
        let result = try await ProcessRunner.run(
            "sh", ["-c", "read line; echo \"$line $X\"; echo oops >&2; exit 3"], environment: ["X": "there"],
            input: "hello\n")
        #expect(result.output == "hello there\n")
        #expect(result.error == "oops\n")
        #expect(result.exit == .code(3))
    }

    @Test("kills what takes too long")
    func limit() async throws {
        let result = try await ProcessRunner.run("sleep", ["60"], within: .milliseconds(100))
        #expect(result.exit == nil)
    }

    @Test("a program that is not there is a sentence")
    func missing() async {
        await #expect(throws: LaunchError("cannot find the program no-such-program in PATH")) {
            try await ProcessRunner.run("no-such-program")
        }
    }

    @Test("a child inherits no descriptor but its three")
    func descriptors() async throws {
        let open = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(open) }
        let result = try await ProcessRunner.run("ls", ["/proc/self/fd"])
        // 3 is the folder that ls reads.
        #expect(result.output == "0\n1\n2\n3\n")
    }

    @Test("a stopped and a running child both end, and leave no zombie")
    func termination() async throws {
        let running = try ProcessRunner.start("sh", ["-c", "echo ready; sleep 60"])
        #expect(await running.waitForText("ready"))
        running.child.send(SIGSTOP)
        let result = await running.terminate()
        #expect(result.exit == .signal(SIGTERM))
        #expect(kill(running.child.pid, 0) != 0)
        #expect(!running.child.send(SIGTERM))
    }

    @Test(
        "children die with the process that started them", .enabled(if: ChildProcess.find("setpriv") != nil))
    func parentDeath() async throws {
        // The child tells its number when its parent's death is its own already.
        let parent = try ProcessRunner.start(
            "sh", ["-c", "setpriv --pdeathsig KILL sh -c 'echo $$; exec sleep 60' & wait"])
        #expect(await Eventually.holds { parent.output.hasSuffix("\n") })
        let pid = try #require(Int32(parent.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        parent.child.send(SIGKILL)
        #expect(await Eventually.holds { !FileManager.default.fileExists(atPath: "/proc/\(pid)/exe") })
    }

    @Test("two reservations never share a port, and a server with address reuse gets it")
    func ports() throws {
        // Below the range that other tests take theirs from meanwhile.
        let first = try PortReservation(3, in: 19_900...19_905)
        let second = try PortReservation(3, in: 19_900...19_905)
        #expect(Set(first.ports + second.ports).count == 6)
        #expect(throws: LaunchError.self) { try PortReservation(1, in: 19_900...19_905) }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(first.ports[0]).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let bound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(bound == 0)
        #expect(listen(descriptor, 1) == 0)
    }

    @Test("a folder that is no Kafka is a sentence", arguments: ["/nonexistent", "/usr"])
    func installation(home: String) {
        #expect(throws: LaunchError("KAFKA_HOME is \(home), but there is no folder libs in it")) {
            try KafkaInstallation(home: home)
        }
    }

    @Test("Prometheus scrapes itself and answers queries", .enabled(if: PrometheusServer.isInstalled))
    func prometheus() async throws {
        // It needs a target; its own port is known only when it runs, so it first scrapes nobody.
        let target = try PortReservation(1)
        let first = try await PrometheusServer.start(scraping: "127.0.0.1:\(target.ports[0])")
        let second = try await PrometheusServer.start(scraping: "127.0.0.1:\(first.port)")
        let found = try await Eventually.holds(within: .seconds(30)) {
            try await second.query("up == 1").count == 1
        }
        #expect(found)
        #expect(try await second.query("1 + 1").map(\.value) == [2])
        #expect(try await second.targetHealth().health == "up")
        #expect(try await first.targetHealth().health != "up")
        let pids = [first.processID, second.processID]
        await first.stop()
        await second.stop()
        #expect(pids.allSatisfy { kill($0, 0) != 0 })
    }

    @Test("promtool accepts the good and names the bad", .enabled(if: Promtool.isInstalled))
    func promtool() async throws {
        #expect(try await Promtool.checkMetrics("# HELP a A thing.\n# TYPE a gauge\na 1\n").isEmpty)
        #expect(try await Promtool.checkMetrics("# TYPE a_total gauge\na_total 1\n").contains("a_total"))
    }
}
