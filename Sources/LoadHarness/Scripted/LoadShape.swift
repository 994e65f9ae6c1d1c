/// How large a scripted cluster is and how it is divided.
package struct LoadShape: Hashable, Sendable {
    package var name: String
    package var topics: Int
    package var partitionsPerTopic: Int
    package var groups: Int
    /// Topics that one group reads, which follow each other.
    package var topicsPerGroup: Int
    /// Groups that read the same topics.
    package var groupsPerTopic: Int
    /// Members of a group, which share its partitions evenly.
    package var membersPerGroup: Int

    package init(
        name: String, topics: Int, partitionsPerTopic: Int, groups: Int, topicsPerGroup: Int = 1,
        groupsPerTopic: Int = 10, membersPerGroup: Int
    ) {
        self.name = name
        self.topics = topics
        self.partitionsPerTopic = partitionsPerTopic
        self.groups = groups
        self.topicsPerGroup = topicsPerGroup
        self.groupsPerTopic = groupsPerTopic
        self.membersPerGroup = membersPerGroup
    }

    package var groupPartitions: Int { groups * topicsPerGroup * partitionsPerTopic }

    /// A million group-partitions, or 200,000 of one group; `isQuick` is a fiftieth or less of it.
    package static func all(isQuick: Bool = false) -> [LoadShape] {
        isQuick
            ? [
                LoadShape(name: "wide", topics: 10, partitionsPerTopic: 100, groups: 100, membersPerGroup: 4),
                LoadShape(name: "many", topics: 40, partitionsPerTopic: 50, groups: 400, membersPerGroup: 2),
                LoadShape(
                    name: "deep", topics: 20, partitionsPerTopic: 200, groups: 1, topicsPerGroup: 20,
                    groupsPerTopic: 1, membersPerGroup: 4),
            ]
            : [
                LoadShape(
                    name: "wide", topics: 100, partitionsPerTopic: 1_000, groups: 1_000, membersPerGroup: 4),
                LoadShape(
                    name: "many", topics: 2_000, partitionsPerTopic: 50, groups: 20_000, membersPerGroup: 2),
                LoadShape(
                    name: "deep", topics: 200, partitionsPerTopic: 1_000, groups: 1, topicsPerGroup: 200,
                    groupsPerTopic: 1, membersPerGroup: 20),
            ]
    }
}
