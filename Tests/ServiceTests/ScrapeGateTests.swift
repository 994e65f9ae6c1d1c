import HTTPService
import Testing

@testable import Service

@Suite("The limit of concurrent scrapes")
struct ScrapeGateTests {
    private static let answer = HTTPResponse.text("up 1")

    @Test func aScrapeIsUnderWayAsLongAsItsBodyLives() {
        let gate = ScrapeGate(limit: 2)
        var first: HTTPResponse? = gate.admit { Self.answer }
        let second = gate.admit { Self.answer }
        #expect(first?.status == 200 && second.status == 200)
        #expect(gate.underWay == 2)
        let refused = gate.admit { Self.answer }
        #expect(refused.status == 503)
        #expect(refused.headers["Retry-After"] == "1")
        #expect(refused.text.contains("limits.concurrent_scrapes"))
        #expect(gate.underWay == 2)
        first = nil
        #expect(gate.underWay == 1)
        #expect(gate.admit { Self.answer }.status == 200)
        withExtendedLifetime(second) {}
    }

    @Test func aRefusedScrapeIsNotAnswered() {
        let gate = ScrapeGate(limit: 1)
        let held = gate.admit { Self.answer }
        let refused = gate.admit {
            Issue.record("asked beyond the limit")
            return Self.answer
        }
        #expect(refused.status == 503)
        withExtendedLifetime(held) {}
    }

    @Test func routesRefuseScrapesOnlyAndCountThem() async throws {
        let bench = ServedBench(concurrentScrapes: 1)
        await bench.rounds()
        let held = try bench.get("/metrics")
        let refused = try bench.get("/metrics")
        #expect(refused.status == 503)
        #expect(try bench.get("/-/healthy").status == 200)
        #expect(try bench.get("/api/v1/groups").status == 200)
        withExtendedLifetime(held) {}
    }

    @Test func theRefusalsAreCountedByRouteAndCode() throws {
        let bench = ServedBench(concurrentScrapes: 1)
        var held: HTTPResponse? = try bench.get("/metrics")
        #expect(try bench.get("/metrics").status == 503)
        #expect(held?.status == 200)
        held = nil
        let text = try bench.get("/metrics").text
        #expect(text.contains("\nlagwarden_http_requests_total{path=\"/metrics\",code=\"503\"} 1\n"))
    }
}
