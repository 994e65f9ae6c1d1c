import LagwardenTestKit

/// One answer of `/metrics`, looked into by what it is about.
struct Scrape: Sendable {
    /// Value of the `cluster` label in all tests.
    static let cluster = "e2e"

    let document: ExpositionDocument

    /// The one sample with exactly these labels beside `cluster`; `nil` when there is none.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        document.value(name, labels.merging(["cluster": Self.cluster]) { own, _ in own })
    }

    /// A fact about a group.
    func group(_ name: String, _ group: String, _ labels: [String: String] = [:]) -> Double? {
        value("kafka_consumer_group_\(name)", labels.merging(["group": group]) { own, _ in own })
    }

    /// A fact about a group's topic.
    func topic(_ name: String, _ group: String, _ topic: String, _ labels: [String: String] = [:]) -> Double?
    {
        self.group(name, group, labels.merging(["topic": topic]) { own, _ in own })
    }

    /// A fact about a group's partition.
    func partition(_ name: String, _ group: String, _ topic: String, _ partition: Int32) -> Double? {
        self.topic("partition_\(name)", group, topic, ["partition": "\(partition)"])
    }

    /// A fact about a topic's partition, of the log.
    func log(_ name: String, _ topic: String, _ partition: Int32 = 0) -> Double? {
        value("kafka_topic_partition_\(name)", ["topic": topic, "partition": "\(partition)"])
    }

    /// The state that is 1 in the state set of a group; `nil` unless exactly one is.
    func state(of group: String) -> String? {
        let set = samples(of: group).filter { $0.name == "kafka_consumer_group_state" && $0.value == 1 }
        return set.count == 1 ? set.first?["state"] : nil
    }

    /// Labels of the group's info sample.
    func info(of group: String) -> [String: String] {
        samples(of: group).first { $0.name == "kafka_consumer_group_info" }?.labelValues ?? [:]
    }

    /// Everything that is said about a group.
    func samples(of group: String) -> [ExpositionDocument.Sample] { samples { $0["group"] == group } }

    /// Everything that is said about a topic, also as a part of groups.
    func samples(ofTopic topic: String) -> [ExpositionDocument.Sample] { samples { $0["topic"] == topic } }

    /// Rounds that have ended, however.
    var rounds: Double {
        document.samples("lagwarden_rounds_total").map(\.value).reduce(0, +)
    }

    private func samples(
        where isWanted: (ExpositionDocument.Sample) -> Bool
    ) -> [ExpositionDocument.Sample] {
        document.families.flatMap(\.samples).filter(isWanted)
    }
}
