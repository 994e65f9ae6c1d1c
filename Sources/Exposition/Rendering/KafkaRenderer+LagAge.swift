import ClusterAccess
import LagModel

/// Families about lag in seconds, in catalogue order.
extension KafkaRenderer {
    mutating func renderLagAge() {
        eachGroupTopic(Catalogue.groupPartitionLagSeconds, where: .ages) { snapshot, topics, row, writer in
            let now = snapshot.endOffsetsRead.wall
            writer.ages(of: topics, row) { ages, position in ages.microseconds(at: position, at: now) }
        }
        eachGroupTopic(Catalogue.groupPartitionLagSecondsError, where: .ages) { _, topics, row, writer in
            writer.ages(of: topics, row) { ages, position in
                ages.errorMilliseconds(at: position).map { $0 * 1000 }
            }
        }
        eachAge(Catalogue.groupTopicLagSeconds, where: .age) { topics, row, passed in
            topics[row].lagAge(after: passed)?.age
        }
        eachGroup(Catalogue.groupLagSeconds) { snapshot, groups, row, writer in
            if let age = snapshot.lagAge(of: groups[row])?.age { writer.sample(age.seconds) }
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
    @inline(__always)
    fileprivate mutating func ages(
        of topics: Span<GroupTopicSnapshot>, _ row: Int, value: (LagAgeColumn, Int) -> Int64?
    ) {
        guard let ages = topics[row].lagAges else { return }
        push(topics, row)
        openLabel()
        samples(numbers: topics[row].partitions, as: .microseconds) { position in value(ages, position) }
    }
}
