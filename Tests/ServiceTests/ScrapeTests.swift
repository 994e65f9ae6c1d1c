import ClusterAccess
import Foundation
import HTTPService
import LagwardenTestKit
import Monitor
import Testing

@testable import Service

@Suite("Scrapes and health")
struct ScrapeTests {
    static let openMetrics = "application/openmetrics-text;version=1.0.0"

    @Test func beforeTheFirstSnapshotOnlyTheExporterSpeaks() throws {
        let bench = ServedBench()
        let response = try bench.get("/metrics")
        #expect(response.status == 200)
        let report = ExpositionChecker.ofExporter(.text).check(response.body.bytes)
        #expect(report.violations == [])
        #expect(report.document.families.allSatisfy { !$0.name.hasPrefix("kafka_") })
        #expect(report.document.value("lagwarden_up", ["cluster": "c"]) == 0)
        #expect(try bench.get("/-/ready").status == 503)
        #expect(try bench.get("/-/ready").text.contains("cluster c: the first round has not ended"))
        #expect(try bench.get("/-/healthy").status == 200)
    }

    @Test func bothFormatsAreStrictlyRightAndSayTheSame() async throws {
        let bench = ServedBench(["east", "west"])
        await bench.rounds()
        let plain = try bench.get("/metrics")
        let open = try bench.get("/metrics", headers: ["Accept": Self.openMetrics])
        #expect(plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(
            open.headers["Content-Type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
        let texts = ExpositionChecker.ofExporter(.text).check(plain.body.bytes)
        let opens = ExpositionChecker.ofExporter(.openMetrics).check(open.body.bytes)
        #expect(texts.violations == [])
        #expect(opens.violations == [])
        for document in [texts.document, opens.document] {
            #expect(document.value("kafka_consumer_group_lag", ["cluster": "west", "group": "slow"]) == 150)
            #expect(document.value("kafka_consumer_group_lag", ["cluster": "east", "group": "new"]) == nil)
        }
    }

    @Test func gzipHoldsTheSameBytes() async throws {
        let bench = ServedBench()
        await bench.rounds()
        let plain = try bench.get("/metrics")
        let packed = try bench.get("/metrics", headers: ["Accept-Encoding": "gzip"])
        #expect(packed.headers["Content-Encoding"] == "gzip")
        #expect(packed.headers["Vary"] == "Accept, Accept-Encoding")
        let directory = try TemporaryDirectory()
        let path = directory.path + "/scrape.gz"
        try Data(packed.body.bytes).write(to: URL(filePath: path))
        let unpacked = try await ProcessRunner.run("/bin/gzip", ["-dc", path])
        let isKafka = { (line: Substring) in line.contains("kafka_consumer") || line.contains("kafka_topic") }
        #expect(
            unpacked.output.split(separator: "\n").filter(isKafka).filter { !$0.hasPrefix("lagwarden") }
                == plain.text.split(separator: "\n").filter(isKafka).filter { !$0.hasPrefix("lagwarden") })
    }

    @Test func aSnapshotIsRenderedOnceForAllScrapers() async throws {
        let bench = ServedBench()
        await bench.rounds()
        let first = try bench.get("/metrics")
        let second = try bench.get("/metrics")
        #expect(first.body.runs[0] == second.body.runs[0])
        bench.sources[0].withCluster { $0.update("t", 0) { $0.highWatermark = 500 } }
        #expect(try bench.get("/metrics").body.runs[0] == first.body.runs[0])
        await bench.rounds()
        #expect(try bench.get("/metrics").body.runs[0] != first.body.runs[0])
    }

    @Test func aStaleSnapshotIsWithheldAndComesBack() async throws {
        let bench = ServedBench(staleAfter: .seconds(30))
        await bench.rounds()
        bench.advance(31)
        #expect(try !bench.get("/metrics").text.contains("\nkafka_consumer_group_lag{"))
        #expect(
            try bench.get("/metrics").text.contains("\nlagwarden_snapshot_age_seconds{cluster=\"c\"} 31\n"))
        await bench.rounds()
        #expect(try bench.get("/metrics").text.contains("\nkafka_consumer_group_lag{"))
    }

    @Test func readinessWaitsForEveryClusterButNotForOneThatIsAway() async throws {
        let bench = ServedBench(["east", "west"])
        bench.sources[1].fail(.init(.metadata, reason: .brokerUnavailable))
        await bench.monitors[0].performRound()
        #expect(try bench.get("/-/ready").status == 503)
        await bench.monitors[1].performRound()
        #expect(try bench.get("/-/ready").status == 200)
        #expect(try bench.get("/-/ready").text.contains("ready without cluster west: cannot read metadata"))
    }

    @Test func readinessFailsWhileNoClusterCanBeReached() async throws {
        let bench = ServedBench()
        bench.sources[0].fail(.init(.metadata, reason: .authenticationFailed))
        await bench.rounds()
        #expect(try bench.get("/-/ready").status == 503)
        #expect(try bench.get("/-/ready").text.contains("authentication_failed"))
    }

    @Test func theLandingPageLinksEverythingAndEscapes() async throws {
        let bench = ServedBench(["<b>\"&"])
        let page = try bench.get("/").text
        for path in [
            "/metrics", "/api/v1/clusters", "/api/v1/groups", "/api/v1/findings", "/api/v1/shards",
            "/v3/kafka", "/-/healthy", "/-/ready",
        ] {
            #expect(page.contains("href=\"\(path)\""))
        }
        #expect(page.contains("&lt;b&gt;&quot;&amp;"))
        #expect(!page.contains("<b>"))
        await bench.rounds()
        #expect(try bench.get("/").text.contains("read 0 s ago"))
    }

    @Test func unknownPathsAndMethodsAreRefusedAndCounted() throws {
        let bench = ServedBench()
        #expect(try bench.get("/nothing").status == 404)
        let refused = try bench.get("/metrics", method: HTTPMethod("POST"))
        #expect(refused.status == 405 && refused.headers["Allow"] == "GET, HEAD")
        let scrape = try bench.get("/metrics").body.bytes
        let document = ExpositionChecker.ofExporter(.text).check(scrape).document
        #expect(document.value("lagwarden_http_requests_total", ["path": "other", "code": "404"]) == 1)
        #expect(document.value("lagwarden_http_requests_total", ["path": "other", "code": "405"]) == 1)
    }

    @Test func oneClusterThatFailsLeavesTheOtherAlone() async throws {
        let bench = ServedBench(["east", "west"])
        bench.sources[0].fail(.init(.metadata, reason: .timedOut))
        await bench.rounds()
        let text = try bench.get("/metrics").text
        #expect(text.contains("\nlagwarden_up{cluster=\"east\"} 0\n"))
        #expect(text.contains("\nkafka_consumer_group_lag{cluster=\"west\",group=\"slow\"} 150\n"))
    }
}
