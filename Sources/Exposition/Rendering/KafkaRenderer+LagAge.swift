import ClusterAccess
import LagModel

/// Families about lag in seconds, in catalogue order.
extension KafkaRenderer {
    mutating func renderLagAge() {
        eachGroupTopic(Catalogue.groupPartitionLagSeconds) { snapshot, topic, writer in
            let now = snapshot.endOffsetsRead.wall
            writer.ages(of: topic) { ages, position in ages.microseconds(at: position, at: now) }
        }
        eachGroupTopic(Catalogue.groupPartitionLagSecondsError) { _, topic, writer in
            writer.ages(of: topic) { ages, position in
                ages.errorMilliseconds(at: position).map { $0 * 1000 }
            }
        }
        eachGroupTopic(Catalogue.groupTopicLagSeconds) { _, topic, writer in
            guard let age = topic.lagAge?.age else { return }
            writer.push(topic.name.rawValue)
            writer.sample(age.seconds)
        }
        eachGroup(Catalogue.groupLagSeconds) { _, group, writer in
            if let age = group.lagAge?.age { writer.sample(age.seconds) }
        }
    }

    mutating func renderTimeLookups() {
        eachCluster(Catalogue.timeLookupRequests) { snapshot, writer in
            if let status = snapshot.timeLookups { writer.sample(status.requests) }
        }
        eachCluster(Catalogue.timeLookupPending) { snapshot, writer in
            if let status = snapshot.timeLookups { writer.sample(Int64(status.pending)) }
        }
        eachCluster(Catalogue.lagSecondsUnavailable) { snapshot, writer in
            let absent = snapshot.timeLookups?.absent ?? [:]
            for (reason, count) in absent.sorted(by: { $0.key.label < $1.key.label }) {
                let mark = writer.push(reason.label)
                writer.sample(Int64(count))
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.lagSamples) { snapshot, writer in
            let outcomes = snapshot.lagSamples?.outcomes ?? [:]
            for (outcome, count) in outcomes.sorted(by: { $0.key.label < $1.key.label }) {
                let mark = writer.push(outcome.label)
                writer.sample(count)
                writer.pop(to: mark)
            }
        }
    }
}

extension SampleWriter {
    /// One sample for each partition where `value`, in microseconds, is known.
    fileprivate mutating func ages(
        of topic: borrowing GroupTopicSnapshot, value: (LagAgeColumn, Int) -> Int64?
    ) {
        guard let ages = topic.lagAges else { return }
        push(topic.name.rawValue)
        openLabel()
        let partitions = topic.partitions
        for position in partitions.indices {
            if let value = value(ages, position) { sample(number: partitions[position], microseconds: value) }
        }
    }
}

extension [UInt8] {
    /// Appends a time as seconds with as many decimals as it has, six at most; not negative.
    mutating func appendSeconds(microseconds: Int64) {
        let (whole, rest) = Swift.max(0, microseconds).quotientAndRemainder(dividingBy: 1_000_000)
        appendDecimal(whole)
        guard rest > 0 else { return }
        append(UInt8(ascii: "."))
        var digits = rest
        var unit: Int64 = 100_000
        // The last digit leaves nothing, so the unit never gets below 1.
        while digits > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits / unit))
            digits %= unit
            unit = Swift.max(1, unit / 10)
        }
    }
}
