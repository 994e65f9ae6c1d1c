import Glibc
import Testing

@testable import HTTPService

@Suite("HTTP server over real sockets", .timeLimit(.minutes(2)))
struct ServerTests {
    @Test func `GET is answered with status, type, length and body`() throws {
        let fixture = try ServerFixture()
        let reply = try #require(fixture.get("/metrics"))
        #expect(reply.status == 200)
        #expect(reply.text == "up 1\n")
        #expect(reply.headers["content-length"] == "5")
        #expect(reply.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(reply.headers["date"] != nil)
    }

    @Test func `HEAD has the length of GET and no body`() throws {
        let fixture = try ServerFixture()
        let client = try #require(fixture.connect())
        client.send("HEAD /large HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        let head = try #require(client.reply(hasBody: false))
        #expect(head.status == 200)
        #expect(head.headers["content-length"] == "\(ServerFixture.largeBody.count)")
        #expect(client.receiveAll() == [])
    }

    @Test func `a large body of several runs arrives whole`() throws {
        let fixture = try ServerFixture()
        let reply = try #require(fixture.get("/large"))
        #expect(reply.body == ServerFixture.largeBody)
    }

    @Test(arguments: [true, false])
    func `a spliced scrape arrives whole, compressed or not`(_ isCompressed: Bool) throws {
        let fixture = try ServerFixture()
        let reply = try #require(
            fixture.exchange(
                "GET /scrape HTTP/1.1\r\nHost: h\r\nAccept: application/openmetrics-text\r\n"
                    + (isCompressed ? "Accept-Encoding: gzip\r\n\r\n" : "\r\n")))
        #expect(reply.headers["content-type"] == ScrapeFormat.openMetrics.contentType)
        #expect(reply.headers["content-encoding"] == (isCompressed ? "gzip" : nil))
        let plain = isCompressed ? try gunzip(reply.body) : reply.body
        #expect(plain == ServerFixture.largeBody + Array("# EOF\n".utf8))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let method: String
        let target: String
        let status: Int
        var allow: String?
        var testDescription: String { "\(method) \(target) \(status)" }
    }

    @Test(arguments: [
        Refusal(method: "GET", target: "/nothing", status: 404),
        Refusal(method: "GET", target: "/metrics/", status: 404),
        Refusal(method: "PUT", target: "/metrics", status: 405, allow: "GET, HEAD"),
        Refusal(method: "DELETE", target: "/metrics", status: 405, allow: "GET, HEAD"),
        Refusal(method: "OPTIONS", target: "/metrics", status: 405, allow: "GET, HEAD"),
        Refusal(method: "BREW", target: "/metrics", status: 405, allow: "GET, HEAD"),
        Refusal(method: "GET", target: "/reload", status: 405, allow: "POST"),
        Refusal(method: "GET", target: "/echo/%zz", status: 400),
        Refusal(method: "GET", target: "/metrics%00", status: 400),
    ])
    func `is refused`(_ refusal: Refusal) throws {
        let fixture = try ServerFixture()
        let reply = try #require(
            fixture.exchange("\(refusal.method) \(refusal.target) HTTP/1.1\r\nHost: test\r\n\r\n"))
        #expect(reply.status == refusal.status)
        #expect(reply.headers["allow"] == refusal.allow)
        #expect(!reply.text.isEmpty)
    }

    @Test func `path, query and header reach the handler decoded`() throws {
        let fixture = try ServerFixture()
        let request = "GET /echo/a%2Fb%20%C3%A9?x=1&q=1+%2B+2 HTTP/1.1\r\nHost: h\r\nX-TEST: yes\r\n\r\n"
        let reply = try #require(fixture.exchange(request))
        #expect(reply.text == "a/b é|1 + 2|yes\n")
    }

    @Test func `pipelined requests are answered in order`() throws {
        let fixture = try ServerFixture()
        let client = try #require(fixture.connect())
        client.send((0..<50).map { "GET /echo/\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        for number in 0..<50 {
            #expect(client.reply()?.text == "\(number)|-|-\n")
        }
    }

    @Test(arguments: [
        "POST /reload HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n",
        "POST /reload HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n",
        "PUT /nothing HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /reload HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    ])
    func `a body is refused before it is sent`(_ request: String) throws {
        let fixture = try ServerFixture()
        let client = try #require(fixture.connect())
        client.send(request)
        #expect(client.reply()?.status == 413)
        #expect(client.isClosedByServer())
    }

    @Test func `POST without a body is taken`() throws {
        let fixture = try ServerFixture()
        let reply = fixture.exchange("POST /reload HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
        #expect(reply?.text == "reloaded\n")
    }

    @Test func `IPv6 and IPv4 share a port when no host is named`() throws {
        let fixture = try ServerFixture(nil)
        let request = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"
        let four = try #require(RawClient(port: fixture.server.port))
        four.send(request)
        #expect(four.reply()?.status == 200)
        guard machineHasIPv6 else {
            print("SKIPPED: this machine has no IPv6 loopback")
            return
        }
        let six = try #require(RawClient(port: fixture.server.port, host: "::1"))
        six.send(request)
        #expect(six.reply()?.status == 200)
    }

    @Test(.enabled(if: machineHasIPv6)) func `an IPv6 address can be listened on alone`() throws {
        // Somebody else may listen on a port of the same number over IPv4, hardly on all three.
        let fixtures = try (0..<3).map { _ in try ServerFixture("::1") }
        for fixture in fixtures {
            let client = try #require(RawClient(port: fixture.server.port, host: "::1"))
            client.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply()?.status == 200)
        }
        #expect(fixtures.contains { RawClient(port: $0.server.port) == nil })
    }

    @Test func `localhost is reached over IPv4`() throws {
        let fixture = try ServerFixture("localhost")
        #expect(fixture.get("/metrics")?.status == 200)
    }
}

/// Whether `::1` can be bound.
let machineHasIPv6: Bool = {
    (try? ListenSocket.open(ListenAddress(host: "::1", port: 0), backlog: 1).port) != nil
}()
