import ClusterAccess
import Foundation
import HTTPService
import LagModel
import LagwardenTestKit
import Testing

@testable import Service

/// Burrow's HTTP API over scripted clusters; the shapes themselves are compared with Burrow's end to end.
@Suite struct BurrowTests {
    /// Six minutes in which group `fast` reads partition 0 and group `slow` commits nothing.
    private func bench() async -> ServedBench {
        let bench = ServedBench()
        for round in 0..<37 {
            for source in bench.sources {
                source.withCluster { $0.commit("fast", "t", 0, 60 + Int64(round)) }
            }
            await bench.rounds()
            bench.advance(10)
        }
        return bench
    }

    private func status(_ bench: ServedBench, _ path: String) throws -> JSONValue {
        let answer = try bench.get("/v3/kafka/c/consumer/\(path)")
        return try #require(JSONValue(decoding: answer.body.bytes))["status"]
    }

    @Test func aGroupHasItsPartitionsCommitsAndVerdicts() async throws {
        let bench = await bench()
        let lag = try status(bench, "fast/lag")
        #expect(lag["status"] == "OK")
        #expect(lag["partition_count"] == 1)
        #expect(lag["totallag"] == 4)
        let partition = lag["partitions"][0]
        #expect(partition["status"] == "OK")
        #expect(partition["current_lag"] == 4)
        #expect(partition["start"]["offset"] == 60)
        #expect(partition["end"]["offset"] == 96)
        #expect(partition["end"]["lag"] == 4)
        #expect(partition["owner"] == "")
        #expect(lag["maxlag"] == partition)
        #expect(try status(bench, "fast/status")["partitions"].elements.isEmpty, "nothing is worse than OK")
    }

    @Test func aGroupThatNobodySawCommitIsNotCalledOK() async throws {
        let bench = await bench()
        let answer = try bench.get("/v3/kafka/c/consumer/slow/status")
        #expect(answer.status == 404)
        let before = try status(bench, "slow/status")
        #expect(before["status"] == "NOTFOUND")
        #expect(before["partitions"].elements.map { $0["status"] } == ["NOTFOUND", "NOTFOUND"])
        #expect(before["complete"].number == 0)
        for _ in 0..<30 {
            bench.advance(10)
            await bench.rounds()
        }
        #expect(try status(bench, "slow/status")["status"] == "ERR")
        #expect(try status(bench, "slow/status")["complete"] == 1)
        #expect(try bench.get("/v3/kafka/c/consumer/slow/status").status == 200)
    }

    @Test func anUnknownLagIsNoNumber() async throws {
        let bench = await bench()
        for source in bench.sources {
            source.withCluster {
                $0.topics["t"]?.partitions[1].error = ClusterError(
                    .leaderUnavailable, operation: "list offsets")
            }
        }
        await bench.rounds()
        let lag = try status(bench, "slow/lag")
        #expect(lag["totallag"] == .null)
        #expect(lag["partition_count"] == 2)
        #expect(lag["partitions"].elements.map { $0["partition"] } == [0])
        let detail = try bench.get("/v3/kafka/c/consumer/slow")
        let readers = try #require(JSONValue(decoding: detail.body.bytes))["topics"]["t"].elements
        #expect(readers.map { $0["current-lag"] } == [100, .null])
        let ends = try bench.get("/v3/kafka/c/topic/t")
        #expect(try #require(JSONValue(decoding: ends.body.bytes))["offsets"] == .array([100, .null]))
    }

    @Test func oldNumbersAreNotPassedOn() async throws {
        let bench = await bench()
        bench.advance(60)
        for path in ["/v3/kafka/c", "/v3/kafka/c/topic", "/v3/kafka/c/consumer/fast/lag"] {
            let answer = try bench.get(path)
            #expect(answer.status == 503)
            #expect(answer.text.contains("what is known of cluster c is old"))
            #expect(answer.text.contains(#""error":true"#))
        }
        #expect(try bench.get("/burrow/admin/ready").text == "STARTING")
        #expect(try bench.get("/burrow/admin").text == "GOOD")
        let before = ServedBench()
        #expect(try before.get("/v3/kafka/c/consumer").text.contains("nothing is known of cluster c yet"))
        #expect(try before.get("/burrow/admin/ready").status == 503)
    }

    @Test func whatBurrowDoesNotKnowIsAnsweredAsBurrowDoes() async throws {
        let bench = await bench()
        for path in ["/v3", "/v3/config", "/v3/admin/loglevel", "/v3/kafka/c/nothing", "/burrow/nothing"] {
            let answer = try bench.get(path)
            #expect(answer.status == 404)
            #expect(answer.text == #"{"error":true,"message":"invalid request type","result":{}}"# + "\n")
        }
        #expect(try bench.get("/nothing").text.hasPrefix("404:"))
        #expect(try bench.get("/v3/kafka/c/consumer/fast", method: .delete).status == 405)
        let new = try bench.get("/v3/kafka/c/consumer/new/lag")
        #expect(new.status == 404)
        #expect(new.text.contains(#""error":false"#))
        #expect(try bench.get("/v3/kafka/c/consumer/new").status == 404)
    }

    @Test func aGroupWhoseCommitsCannotBeReadIsNotMissing() async throws {
        let bench = await bench()
        for source in bench.sources { source.fail(.init(.offsetFetch, reason: .coordinatorLoading)) }
        await bench.rounds()
        for path in ["", "/status", "/lag"] {
            let answer = try bench.get("/v3/kafka/c/consumer/slow\(path)")
            #expect(answer.status == 503)
            #expect(answer.text.contains("commits of slow are unavailable: coordinator_loading"))
        }
    }

    @Test func ourOwnAPISaysTheSame() async throws {
        let bench = await bench()
        let groups = try #require(JSONValue(decoding: try bench.get("/api/v1/groups").body.bytes))["groups"]
        let found = groups.elements.reduce(into: [String: JSONValue]()) { result, group in
            result[group["group"].string ?? ""] = group["evaluation"]
        }
        #expect(found["fast"]?["status"] == "OK")
        #expect(found["fast"]?["partitions"]["OK"] == 1)
        #expect(found["slow"]?["status"] == .null)
        #expect(found["slow"]?["unjudged_partitions"] == 2)
        #expect(found["new"]?["status"] == "NOTFOUND")
    }
}
