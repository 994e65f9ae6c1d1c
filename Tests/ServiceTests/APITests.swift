import ClusterAccess
import Foundation
import HTTPService
import LagwardenTestKit
import Testing

@testable import Service

@Suite("The JSON API")
struct APITests {
    @Test func groupsAreListedWorstLagFirstAndUnknownLast() async throws {
        let bench = ServedBench()
        await bench.rounds()
        let answer = try bench.json("/api/v1/groups")
        let groups = try #require(answer["groups"] as? [[String: Any]])
        #expect(groups.map { $0["group"] as? String } == ["slow", "fast", "new"])
        #expect(groups.map { $0["lag"] as? Int } == [150, 0, nil])
        #expect(groups[0]["lag_mean"] as? Double == 75)
        #expect(groups[2]["unavailable"] as? String == "no_commits")
        #expect(answer["total"] as? Int == 3)
    }

    struct Order: Sendable, CustomTestStringConvertible {
        var query: String
        var names: [String]
        var testDescription: String { query }
    }

    @Test(arguments: [
        Order(query: "sort=lag&order=asc", names: ["fast", "slow", "new"]),
        Order(query: "sort=name", names: ["fast", "new", "slow"]),
        Order(query: "sort=name&order=desc", names: ["slow", "new", "fast"]),
        Order(query: "limit=1", names: ["slow"]),
        Order(query: "limit=1&offset=1", names: ["fast"]),
        Order(query: "offset=7", names: []),
        Order(query: "state=Empty", names: ["new"]),
    ])
    func groupsAreSortedAndPaged(_ row: Order) async throws {
        let bench = ServedBench()
        await bench.rounds()
        let groups = try #require(try bench.json("/api/v1/groups?\(row.query)")["groups"] as? [[String: Any]])
        #expect(groups.compactMap { $0["group"] as? String } == row.names)
    }

    @Test(arguments: [
        ("/api/v1/groups?sort=size", 400), ("/api/v1/groups?order=up", 400), ("/api/v1/groups?limit=0", 400),
        ("/api/v1/groups?limit=many", 400), ("/api/v1/groups?offset=-1", 400),
        ("/api/v1/groups?cluster=nowhere", 404), ("/api/v1/groups/nobody", 404),
        ("/api/v1/groups/slow?cluster=nowhere", 404), ("/api/v1/groups/slow?limit=99999999999", 400),
    ])
    func badRequestsGetASentence(_ target: String, _ status: Int) async throws {
        let bench = ServedBench()
        await bench.rounds()
        #expect(try bench.get(target).status == status)
        #expect(try #require(try bench.json(target)["error"] as? String).count > 10)
    }

    @Test func oneGroupHasItsPartitionsAndTheirOffsets() async throws {
        let bench = ServedBench()
        await bench.rounds()
        let answer = try bench.json("/api/v1/groups/slow")
        let partitions = try #require(answer["partitions"] as? [[String: Any]])
        #expect(partitions.map { $0["lag"] as? Int } == [100, 50])
        #expect(partitions[1]["committed_offset"] as? Int == 50)
        #expect(partitions[1]["high_watermark"] as? Int == 100)
        #expect(partitions[0]["lost"] as? Int == 0)
        let page = try bench.json("/api/v1/groups/slow?limit=1&offset=1")
        #expect((page["partitions"] as? [[String: Any]])?.count == 1)
        #expect(page["total_partitions"] as? Int == 2)
    }

    @Test func aGroupInTwoClustersMustBeNamedWithItsCluster() async throws {
        let bench = ServedBench(["east", "west"])
        await bench.rounds()
        #expect(try bench.get("/api/v1/groups/slow").status == 400)
        #expect(try bench.get("/api/v1/groups/slow?cluster=west").status == 200)
        let all = try bench.json("/api/v1/groups")
        #expect(all["total"] as? Int == 6)
        #expect(try bench.json("/api/v1/groups?cluster=east")["total"] as? Int == 3)
    }

    @Test func clustersSayWhatCouldNotBeRead() async throws {
        let bench = ServedBench()
        bench.sources[0].withCluster { $0.update("t", 1) { $0.leader = nil } }
        await bench.rounds()
        let cluster = try #require(
            (try bench.json("/api/v1/clusters")["clusters"] as? [[String: Any]])?.first)
        #expect(cluster["up"] as? Bool == true)
        let unavailable = try #require(cluster["unavailable"] as? [[String: Any]])
        #expect(unavailable.contains { $0["scope"] as? String == "partition" && $0["count"] as? Int == 1 })
        #expect(unavailable.allSatisfy { ($0["remedy"] as? String)?.isEmpty == false })
    }
}
