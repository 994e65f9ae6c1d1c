import ClusterAccess
import Incidents
import LagwardenTestKit
import Locking
import StructuredLog
import Testing

@testable import Notifications

/// From conditions to requests, with real threads and a local server.
@Suite("The notifier", .timeLimit(.minutes(2)))
struct NotifierTests {
    /// Starts a notifier with one rule about lag above 100 and one sink called `hook`.
    private func start(
        _ sink: SinkSettings, stateFile: String = "", lines: LogLines = LogLines(),
        configure: (inout IncidentRule) -> Void = { _ in }
    ) -> Notifier {
        var rule = IncidentRule(name: "lag", trigger: .lag(.init(open: 100, close: 50)))
        rule.opensAfter = .zero
        rule.sinks = [sink.name]
        configure(&rule)
        var settings = Notifier.Settings(incidents: .init(rules: [rule]), sinks: [sink])
        settings.stateFile = stateFile
        let notifier = Notifier(settings, clusters: ["c"], logger: lines.logger, now: Self.now)
        notifier.begin(backOffFirst: .milliseconds(20))
        return notifier
    }

    private func webhook(_ server: LocalServer) -> SinkSettings {
        var sink = SinkSettings(name: "hook", kind: .webhook(nil), url: .text(server.url))
        sink.timeout = .seconds(2)
        return sink
    }

    @Sendable private static func now() -> Moment {
        Moment(
            wall: WallTime(nanosecondsSince1970: 1_700_000_000_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: .seconds(1000)))
    }

    private func observe(_ notifier: Notifier, lag: Int64?, at seconds: Int64 = 1000) {
        let moment = Moment(
            wall: WallTime(nanosecondsSince1970: (1_699_999_000 + seconds) * 1_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: .seconds(seconds)))
        notifier.observe("c", [GroupCondition(group: "g", lag: lag)], at: moment)
    }

    private func events(_ server: LocalServer) -> [String] {
        server.requests.compactMap { JSONValue(decoding: Array($0.body.utf8))?["event"].string }
    }

    private func waitForEvents(_ events: [String], _ server: LocalServer) async -> Bool {
        await Eventually.holds { self.events(server) == events }
    }

    @Test func tellsOpeningAndClose() async throws {
        let server = try LocalServer(status: 200)
        defer { server.stop() }
        let notifier = start(webhook(server))
        observe(notifier, lag: 200)
        observe(notifier, lag: 200, at: 1001)
        #expect(notifier.statistics().openIncidents == ["c": 1])
        observe(notifier, lag: 0, at: 1002)
        #expect(await waitForEvents(["opened", "resolved"], server))
        await notifier.stop()
        let sink = try #require(notifier.statistics().sinks.first)
        #expect(sink.attempts == ["delivered": 2, "failed": 0, "refused": 0])
        #expect(sink.queueLength == 0)
        #expect(notifier.statistics().openIncidents == ["c": 0])
    }

    @Test func triesAgainInOrder() async throws {
        let server = try LocalServer { _, number in
            switch number {
            case 0: .answer(500)
            case 1: .close
            case 2: .answer(429, headers: ["Retry-After": "1"])
            default: .answer(200)
            }
        }
        defer { server.stop() }
        let notifier = start(webhook(server))
        observe(notifier, lag: 200)
        observe(notifier, lag: 0, at: 1001)
        #expect(await waitForEvents(["opened", "opened", "opened", "opened", "resolved"], server))
        await notifier.stop()
        let attempts = try #require(notifier.statistics().sinks.first?.attempts)
        #expect(attempts == ["delivered": 2, "failed": 3, "refused": 0])
    }

    @Test func aRefusalIsNotTriedAgain() async throws {
        let server = try LocalServer { _, number in .answer(number == 0 ? 400 : 200) }
        defer { server.stop() }
        let lines = LogLines()
        let notifier = start(webhook(server), lines: lines)
        observe(notifier, lag: 200)
        observe(notifier, lag: 0, at: 1001)
        #expect(await waitForEvents(["opened", "resolved"], server))
        await notifier.stop()
        let sink = try #require(notifier.statistics().sinks.first)
        #expect(sink.attempts == ["delivered": 1, "failed": 0, "refused": 1])
        #expect(sink.dropped["refused"] == 1)
        #expect(lines.all.contains { $0.message == "notification refused: the server answered 400" })
    }

    @Test func givesUpAfterItsTime() async throws {
        let server = try LocalServer(status: 500)
        defer { server.stop() }
        var sink = webhook(server)
        sink.retryFor = .milliseconds(100)
        let notifier = start(sink)
        observe(notifier, lag: 200)
        let isDropped = await Eventually.holds {
            notifier.statistics().sinks.first?.dropped["gave_up"] == 1
        }
        #expect(isDropped)
        #expect(events(server).count >= 2)
        await notifier.stop()
    }

    @Test func aSinkThatHangsCostsNobodyAnything() async throws {
        let server = try LocalServer { _, _ in .hang }
        defer { server.stop() }
        var sink = webhook(server)
        sink.timeout = .seconds(60)
        let notifier = start(sink) { $0.repeatInterval = .zero }
        let begin = ContinuousClock.now
        for round in 0..<1000 { observe(notifier, lag: round % 2 == 0 ? 200 : 0, at: 1000 + Int64(round)) }
        #expect(ContinuousClock.now - begin < .seconds(30))
        let isFull = await Eventually.holds {
            notifier.statistics().sinks.first?.queueLength == 1000
        }
        #expect(isFull)
        for round in 0..<10 { observe(notifier, lag: round % 2 == 0 ? 200 : 0, at: 3000 + Int64(round)) }
        let isDropped = await Eventually.holds {
            notifier.statistics().sinks.first?.dropped["queue_full"] == 10
        }
        #expect(isDropped)
        let stop = ContinuousClock.now
        await notifier.stop()
        #expect(ContinuousClock.now - stop < .seconds(30))
    }

    @Test func openIncidentsSurviveARestartAndAreNotSentTwice() async throws {
        let directory = try TemporaryDirectory("state")
        let file = "\(directory.path)/state.json"
        let server = try LocalServer(status: 200)
        defer { server.stop() }
        let first = start(webhook(server), stateFile: file)
        observe(first, lag: 200)
        #expect(await waitForEvents(["opened"], server))
        await first.stop()
        let second = start(webhook(server), stateFile: file)
        #expect(second.open.map(\.key.group) == ["g"])
        observe(second, lag: 200, at: 1010)
        observe(second, lag: 0, at: 1020)
        #expect(await waitForEvents(["opened", "resolved"], server))
        await second.stop()
        let third = start(webhook(server), stateFile: file)
        #expect(third.open.isEmpty)
        await third.stop()
        #expect(events(server) == ["opened", "resolved"])
        let identifiers = Set(
            server.requests.compactMap { JSONValue(decoding: Array($0.body.utf8))?["id"].string })
        #expect(identifiers.count == 1)
    }

    @Test func whatCouldNotBeSentIsSentAfterTheRestart() async throws {
        let directory = try TemporaryDirectory("state")
        let file = "\(directory.path)/state.json"
        let isUp = Locking.Mutex(false)
        let server = try LocalServer { _, _ in .answer(isUp.withLock { $0 } ? 200 : 503) }
        defer { server.stop() }
        let first = start(webhook(server), stateFile: file)
        observe(first, lag: 200)
        observe(first, lag: 0, at: 1001)
        #expect(await Eventually.holds { !server.requests.isEmpty })
        await first.stop()
        #expect(!events(server).contains("resolved"))
        let sent = events(server).count
        isUp.withLock { $0 = true }
        let second = start(webhook(server), stateFile: file)
        #expect(await Eventually.holds { self.events(server).count == sent + 2 })
        await second.stop()
        #expect(events(server).suffix(2) == ["opened", "resolved"])
        #expect(second.statistics().sinks.first?.queueLength == 0)
    }

    @Test(arguments: [
        ("{\"version\":1,\"inc", "is damaged"),
        ("{\"version\":99}", "has version 99, and this program knows version 1"),
        ("\u{0}\u{1}", "is damaged"), ("[]", "is damaged"),
    ])
    func aStateThatCannotBeUsedIsKeptAside(text: String, problem: String) async throws {
        let directory = try TemporaryDirectory("state")
        let file = try directory.write(text, to: "state.json")
        let server = try LocalServer(status: 200)
        defer { server.stop() }
        let lines = LogLines()
        let notifier = start(webhook(server), stateFile: file, lines: lines)
        await notifier.stop()
        let sentence = "the state file \(file) \(problem); starting without it, it is kept as \(file).bad"
        #expect(lines.all.map(\.message).contains(sentence), "\(lines.all)")
        #expect(TestFile.text("\(file).bad") == text)
        #expect(TestFile.text(file)?.contains("\"version\":1") == true)
    }

    @Test func aStateThatCannotBeWrittenIsSaidAtTheStart() async throws {
        let server = try LocalServer(status: 200)
        defer { server.stop() }
        let lines = LogLines()
        let notifier = start(webhook(server), stateFile: "/proc/none/state.json", lines: lines)
        observe(notifier, lag: 200)
        #expect(await waitForEvents(["opened"], server))
        await notifier.stop()
        let complaints = lines.all.filter { $0.level == .error }.map(\.message)
        #expect(complaints.first?.hasPrefix("the state file /proc/none/state.json cannot be") == true)
    }

    @Test func alertmanagerIsToldAndReminded() async throws {
        let server = try LocalServer(status: 200)
        defer { server.stop() }
        let sink = SinkSettings(
            name: "hook", kind: .alertmanager(resendInterval: .seconds(60)), url: .text(server.url + "/am/"))
        let notifier = start(sink)
        observe(notifier, lag: 200)
        func tick(_ seconds: Int64) {
            notifier.tick(
                at: Moment(
                    wall: WallTime(nanosecondsSince1970: (1_699_999_000 + seconds) * 1_000_000_000),
                    monotonic: MonotonicTime(sinceOrigin: .seconds(seconds))))
        }
        #expect(await Eventually.holds { server.requests.count == 1 })
        tick(1001)
        #expect(await Eventually.holds { server.requests.count == 2 })
        tick(1060)
        tick(1061)
        #expect(await Eventually.holds { server.requests.count == 3 })
        observe(notifier, lag: 0, at: 1062)
        #expect(await Eventually.holds { server.requests.count == 4 })
        tick(1200)
        await notifier.stop()
        #expect(server.requests.map(\.path) == Array(repeating: "/am/api/v2/alerts", count: 4))
        let alerts = server.requests.compactMap { JSONValue(decoding: Array($0.body.utf8))?[0] }
        #expect(Set(alerts.map(\.["labels"])).count == 1)
        #expect(alerts.first?["labels"]["alertname"].string == "lag")
        #expect(alerts.first?["labels"]["group"].string == "g")
        #expect(alerts.first?["startsAt"].string == "2023-11-14T22:13:20.000Z")
        #expect(alerts.first?["endsAt"].string == "2023-11-14T22:17:20.000Z")
        #expect(alerts.last?["endsAt"].string == "2023-11-14T22:14:22.000Z")
    }

    @Test func secretsAreReadForEachRequestAndNeverLogged() async throws {
        let directory = try TemporaryDirectory("secrets")
        let token = try directory.write("first-token\n", to: "token")
        let server = try LocalServer { _, number in .answer(number == 0 ? 500 : 200) }
        defer { server.stop() }
        let lines = LogLines()
        var sink = webhook(server)
        sink.url = .file(try directory.write(server.url + "/hidden-path", to: "url"))
        sink.bearerTokenFile = token
        let notifier = start(sink, lines: lines)
        observe(notifier, lag: 200)
        #expect(await Eventually.holds { server.requests.count == 2 })
        try directory.write("second-token", to: "token")
        observe(notifier, lag: 0, at: 1001)
        #expect(await Eventually.holds { server.requests.count == 3 })
        await notifier.stop()
        #expect(
            server.requests.map { $0.headers["authorization"] } == [
                "Bearer first-token", "Bearer first-token", "Bearer second-token",
            ])
        #expect(server.requests.map(\.path) == Array(repeating: "/hidden-path", count: 3))
        let said = "\(lines.all)"
        #expect(!said.contains("token") && !said.contains("hidden"))
    }
}

/// Keeps log records.
final class LogLines: Sendable {
    private let records = Locking.Mutex<[LogRecord]>([])

    var all: [LogRecord] { records.withLock { $0 } }

    var logger: Logger {
        Logger(level: .debug) { [self] record in records.withLock { $0.append(record) } }
    }
}
