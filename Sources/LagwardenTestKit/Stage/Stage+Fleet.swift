/// Many topics of one size, and groups that have committed on some of them each.
package struct StageFleet: Hashable, Sendable {
    package var topicPrefix: String
    package var topics: Int
    /// Of each topic.
    package var partitions: Int
    /// Of each partition.
    package var records: Int
    package var groupPrefix: String
    package var groups: Int
    /// Each group has committed on all partitions of so many topics, no topic twice.
    package var topicsPerGroup: Int

    package init(
        topicPrefix: String = "fleet-", topics: Int, partitions: Int, records: Int,
        groupPrefix: String = "crew-", groups: Int, topicsPerGroup: Int
    ) {
        self.topicPrefix = topicPrefix
        self.topics = topics
        self.partitions = partitions
        self.records = records
        self.groupPrefix = groupPrefix
        self.groups = groups
        self.topicsPerGroup = min(topicsPerGroup, topics)
    }

    package var groupPartitions: Int { groups * topicsPerGroup * partitions }

    /// Sum of all lag while nothing is produced or committed besides: group g stands at
    /// (g + partition) % (records + 1) of every partition that it reads.
    package var lag: Int64 {
        var sum: Int64 = 0
        for group in 0..<groups {
            for partition in 0..<partitions {
                sum += Int64(records - (group + partition) % (records + 1)) * Int64(topicsPerGroup)
            }
        }
        return sum
    }

    /// Topics that some group reads.
    package var topicsInUse: Int { min(topics, groups * topicsPerGroup) }

    var json: [String: JSONValue] {
        [
            "topicPrefix": .string(topicPrefix), "topics": .integer(Int64(topics)),
            "partitions": .integer(Int64(partitions)), "records": .integer(Int64(records)),
            "groupPrefix": .string(groupPrefix), "groups": .integer(Int64(groups)),
            "topicsPerGroup": .integer(Int64(topicsPerGroup)),
        ]
    }
}

extension Stage {
    /// Creates the topics with their records and lets the groups commit; `limit` bounds each of the three.
    package func launch(
        _ fleet: StageFleet, within limit: Duration = .seconds(300)
    ) async throws(StageError) {
        try await call("createFleet", fleet.json, within: limit)
        try await call("fillFleet", fleet.json, within: limit)
        try await call("commitFleet", fleet.json, within: limit)
    }
}
