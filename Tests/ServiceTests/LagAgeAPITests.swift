import ClusterAccess
import LagModel
import Testing

@Suite("Lag in seconds in the JSON API")
struct LagAgeAPITests {
    @Test func agesStandBesideLagAndUnknownOnesAreLeftOut() async throws {
        let bench = ServedBench()
        let moment = Moment(
            wall: WallTime(nanosecondsSince1970: 1_000_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: .seconds(1000)))
        var ages = LagAgeColumn(unknownCount: 2)
        ages[0, at: moment.wall] = LagAge(age: .milliseconds(12_500), error: .milliseconds(250))
        let totals = LagTotals(partitions: 2, unknownPartitions: 0, lag: 30, lagMax: 20)
        var topic = GroupTopicSnapshot(
            name: "t", topicIndex: 0, partitions: [0, 1], committed: [80, 90], totals: totals)
        topic.lagAges = ages
        var group = GroupSnapshot(id: "slow", topics: [topic], totals: totals)
        group.lagAge = LagAge(age: .seconds(99), error: .seconds(1))
        bench.publish(
            ClusterSnapshot(
                cluster: "c", round: 1, endOffsetsRead: moment,
                topics: [
                    TopicSnapshot(
                        name: "t", logStart: OffsetColumn([0, 0]), highWatermark: OffsetColumn([100, 100]),
                        leaders: [1, 1])
                ], groups: [group]))
        let answer = try bench.json("/api/v1/groups/slow")
        let summary = try #require(answer["summary"] as? [String: Any])
        #expect(summary["lag_seconds"] as? Double == 99 && summary["lag_seconds_error"] as? Double == 1)
        let partitions = try #require(answer["partitions"] as? [[String: Any]])
        #expect(partitions[0]["lag_seconds"] as? Double == 12.5)
        #expect(partitions[0]["lag_seconds_error"] as? Double == 0.25)
        #expect(partitions[1]["lag"] as? Int == 10 && partitions[1]["lag_seconds"] == nil)
        let topics = try #require(answer["topics"] as? [[String: Any]])
        #expect(topics[0]["lag_seconds"] == nil)
    }

    @Test("The age of commits is told where they are of an earlier round")
    func offsetsAge() throws {
        let bench = ServedBench()
        func moment(_ seconds: Int64) -> Moment {
            Moment(
                wall: WallTime(nanosecondsSince1970: seconds * 1_000_000_000),
                monotonic: MonotonicTime(sinceOrigin: .seconds(seconds)))
        }
        var groups = ["carried", "early", "read"].map { GroupSnapshot(id: GroupID($0), topics: []) }
        groups[0].commitsRead = moment(958)
        groups[1].commitsRead = moment(1001)
        bench.publish(
            ClusterSnapshot(
                cluster: "c", round: 1, endOffsetsRead: moment(1000), topics: [],
                groups: SharedList(groups)))
        let list = try #require(
            try bench.json("/api/v1/groups?sort=name")["groups"] as? [[String: Any]])
        #expect(list.map { $0["offsets_age_seconds"] as? Double } == [42, 0, nil])
        let detail = try bench.json("/api/v1/groups/carried")["summary"] as? [String: Any]
        #expect(detail?["offsets_age_seconds"] as? Double == 42)
    }
}
