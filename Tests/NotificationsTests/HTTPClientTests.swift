import KafkaLauncher
import LagwardenTestKit
import Testing

@testable import Notifications

/// libcurl against servers that behave and servers that do not.
@Suite("The HTTP client", .timeLimit(.minutes(2)))
struct HTTPClientTests {
    private func get(
        _ url: String, timeout: Duration = .seconds(5),
        configure: (inout HTTPExchange) -> Void = { _ in }
    ) async -> HTTPOutcome {
        var exchange = HTTPExchange(.get, url)
        exchange.timeout = timeout
        configure(&exchange)
        return await HTTPClient.exchange(exchange)
    }

    private func reason(_ outcome: HTTPOutcome) -> HTTPFailure.Reason? {
        if case .failed(let failure) = outcome { failure.reason } else { nil }
    }

    @Test func postsJSONWithCredentials() async throws {
        let server = try LocalServer { _, _ in .answer(201, body: "thanks") }
        defer { server.stop() }
        var exchange = HTTPExchange(.post(Array("{\"a\":1}".utf8)), server.url + "/hook?x=1")
        exchange.credentials = .bearer("secret-token")
        let outcome = await HTTPClient.exchange(exchange)
        #expect(outcome == .answered(HTTPAnswer(status: 201, body: Array("thanks".utf8))))
        exchange.credentials = .basic(user: "me", password: "p:w")
        _ = await HTTPClient.exchange(exchange)
        let requests = server.requests
        try #require(requests.count == 2)
        #expect(requests[0].method == "POST")
        #expect(requests[0].path == "/hook?x=1")
        #expect(requests[0].body == "{\"a\":1}")
        #expect(requests[0].headers["content-type"] == "application/json")
        #expect(requests[0].headers["authorization"] == "Bearer secret-token")
        #expect(requests[0].headers["expect"] == nil)
        #expect(requests[1].headers["authorization"] == "Basic bWU6cDp3")
    }

    struct Misbehaviour: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var reply: LocalServer.Reply
        var reason: HTTPFailure.Reason
    }

    @Test(arguments: [
        Misbehaviour(testDescription: "hangs", reply: .hang, reason: .timedOut),
        Misbehaviour(testDescription: "closes early", reply: .close, reason: .garbage),
        Misbehaviour(testDescription: "cuts its answer short", reply: .cutShort, reason: .garbage),
        Misbehaviour(testDescription: "does not speak HTTP", reply: .garbage, reason: .garbage),
    ])
    func misbehaviourIsAFailure(_ misbehaviour: Misbehaviour) async throws {
        let server = try LocalServer { _, _ in misbehaviour.reply }
        defer { server.stop() }
        let outcome = await get(server.url, timeout: .milliseconds(500))
        #expect(reason(outcome) == misbehaviour.reason, "\(outcome)")
    }

    @Test func aHugeAnswerIsCutOffAndItsStatusCounts() async throws {
        let server = try LocalServer { _, _ in .flood(20 << 20) }
        defer { server.stop() }
        let outcome = await get(server.url)
        guard case .answered(let answer) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(answer.status == 200)
        #expect(answer.isCutOff)
        #expect(answer.body.count == 65_536)
        #expect(server.sentBytes < 15 << 20)
    }

    @Test func redirectsAreNotFollowed() async throws {
        let target = try LocalServer(status: 200)
        let server = try LocalServer { _, _ in .answer(302, headers: ["Location": target.url]) }
        defer {
            server.stop()
            target.stop()
        }
        let outcome = await get(server.url)
        #expect(outcome == .answered(HTTPAnswer(status: 302)))
        #expect(target.requests.isEmpty)
        #expect(
            DeliveryVerdict(outcome)
                == .refused("the server answered 302, and redirects are not followed"))
    }

    @Test(arguments: ["file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1/"])
    func otherSchemesAreRefused(url: String) async {
        #expect(reason(await get(url)) != nil)
    }

    @Test func aClosedPortAndAnUnknownNameAreTold() async throws {
        let reservation = try PortReservation(1)
        let refused = await get("http://127.0.0.1:\(reservation.ports[0])/secret/path")
        #expect(reason(refused) == .unreachable)
        #expect(!"\(refused)".contains("secret"))
        #expect(reason(await get("http://name.invalid/")) == .unresolved)
    }

    @Test func waitsForWhatTheServerAsks() async throws {
        let server = try LocalServer { _, _ in .answer(429, headers: ["Retry-After": "7"]) }
        defer { server.stop() }
        let outcome = await get(server.url)
        #expect(outcome == .answered(HTTPAnswer(status: 429, retryAfter: .seconds(7))))
        #expect(
            DeliveryVerdict(outcome) == .failed("the server answered 429", retryAfter: .seconds(7)))
    }

    @Test func isStoppedFromOutside() async throws {
        let server = try LocalServer { _, _ in .hang }
        defer { server.stop() }
        var exchange = HTTPExchange(.get, server.url)
        exchange.timeout = .seconds(300)
        let patient = exchange
        let outcome = await BlockingCall.run { HTTPClient.perform(patient) { false } }
        // Without the question it would be the time-out of the exchange, or that of this test.
        #expect(reason(outcome) == .stopped)
    }

    @Test func certificatesAreVerified() async throws {
        let directory = try TemporaryDirectory("tls")
        let certificates = try await TestCertificates.make(in: directory.path)
        let reservation = try PortReservation(1)
        let server = try ProcessRunner.start(
            "openssl",
            [
                "s_server", "-accept", "127.0.0.1:\(reservation.ports[0])", "-www", "-cert",
                "\(directory.path)/broker.crt", "-key", "\(directory.path)/broker.key",
            ])
        #expect(await server.waitForText("ACCEPT"))
        let url = "https://localhost:\(reservation.ports[0])/"
        let stranger = await get(url)
        #expect(reason(stranger) == .tls, "\(stranger)")
        let known = await get(url) { $0.authorityFile = certificates.authority }
        guard case .answered(let answer) = known else {
            Issue.record("\(known)")
            return
        }
        #expect(answer.status == 200)
        let missing = await get(url) { $0.authorityFile = "\(directory.path)/none.pem" }
        #expect(reason(missing) == .tls, "\(missing)")
        await server.terminate()
    }
}
