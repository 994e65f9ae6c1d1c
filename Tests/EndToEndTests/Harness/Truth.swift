import LagwardenTestKit
import Testing

/// What is true of some groups that commit nothing more.
///
/// A scrape may leave it out, with a reason, but may not say anything else.
struct Truth: Sendable {
    struct Place: Hashable, Sendable {
        var topic: String
        var partition: Int32
    }

    /// Lag by group and partition, of all partitions with a commit.
    var lags: [String: [Place: Double]] = [:]

    /// Checks one scrape, taken whenever.
    func check(_ scrape: Scrape, sourceLocation: SourceLocation = #_sourceLocation) {
        let reasons = Dictionary(
            grouping: scrape.document.samples("lagwarden_group_unavailable"), by: { $0["group"] ?? "" })
        for (group, expected) in lags.sorted(by: { $0.key < $1.key }) {
            let said = scrape.samples(of: group)
            let partitions = said.filter { $0.name == "kafka_consumer_group_partition_lag" }
            for sample in partitions {
                let place = Place(
                    topic: sample["topic"] ?? "", partition: sample["partition"].flatMap { Int32($0) } ?? -1)
                #expect(sample.value == expected[place], "\(group), \(place)", sourceLocation: sourceLocation)
            }
            let states = said.filter { $0.name == "kafka_consumer_group_state" && $0.value == 1 }
            #expect(states.count <= 1, "\(group) has two states", sourceLocation: sourceLocation)
            let infos = said.filter { $0.name == "kafka_consumer_group_info" }
            #expect(infos.count <= 1, "\(group) appears twice", sourceLocation: sourceLocation)
            let sum = scrape.group("lag", group)
            guard let unknown = scrape.group("unknown_partitions", group) else {
                #expect(partitions.isEmpty && sum == nil, "\(group)", sourceLocation: sourceLocation)
                let why = reasons[group]?.compactMap { $0["reason"] } ?? []
                #expect(
                    why.count == 1, "\(group) is away without a reason: \(why)",
                    sourceLocation: sourceLocation)
                continue
            }
            #expect(
                partitions.count + Int(unknown) == expected.count, "\(group) has lost a partition",
                sourceLocation: sourceLocation)
            #expect(
                sum == (unknown == 0 ? expected.values.reduce(0, +) : nil), "sum of \(group)",
                sourceLocation: sourceLocation)
        }
    }

    /// Whether the scrape says all of it.
    func isWhole(in scrape: Scrape) -> Bool {
        lags.allSatisfy { group, lags in
            scrape.group("lag", group) == lags.values.reduce(0, +) && scrape.state(of: group) != nil
        }
    }
}

extension Scrape {
    /// How many things of this scope have no number for this reason.
    func unavailable(_ scope: String, _ reason: String) -> Double? {
        value("lagwarden_unavailable", ["scope": scope, "reason": reason])
    }

    /// How many things have no number although they should.
    var unavailable: Double {
        document.samples("lagwarden_unavailable").filter { $0["reason"] != "no_commits" }
            .map(\.value).reduce(0, +)
    }

    /// Why a group cannot be read; `nil` when it can.
    func unavailability(of group: String) -> String? {
        document.samples("lagwarden_group_unavailable").first { $0["group"] == group }?["reason"]
    }
}
