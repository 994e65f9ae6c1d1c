import ClusterAccess
import LagModel

/// Asks coordinators about groups: members where wanted, and commits.
struct GroupReader: Sendable {
    let source: any ClusterSource
    /// Whose members are wanted.
    let describesMembers: @Sendable (GroupID) -> Bool
    /// Most commit requests in flight for one broker.
    let inFlight: Int
    let now: @Sendable () -> Moment
    /// From then on nothing more is asked.
    let end: MonotonicTime

    /// Groups whose members are asked for at a time.
    private static let describedTogether = 20

    /// What a coordinator said about one group.
    struct Reading: Sendable {
        var entry: GroupRegistry.Entry
        var description: GroupDescription?
        var commits: Result<CommittedOffsets, ClusterError>
        /// Before it was asked; `nil` where it was not.
        var read: Moment?
        /// It was asked in an earlier round.
        var isCarried = false
    }

    /// Reads `entries` that have a coordinator that answers, in their order; the others come back as failures.
    ///
    /// Those whose turn does not come before ``end`` are missing from the answer.
    func read(_ entries: [GroupRegistry.Entry]) async -> [GroupID: Reading] {
        var byBroker: [BrokerID: [GroupRegistry.Entry]] = [:]
        var readings: [GroupID: Reading] = [:]
        for entry in entries {
            switch entry.presence {
            case .listed(_, let broker), .missing(let broker):
                byBroker[broker, default: []].append(entry)
            case .unreachable(let broker, let reason):
                let error = ClusterError(
                    reason, operation: "list committed offsets", broker: broker, subject: "group \(entry.id)")
                readings[entry.id] = Reading(entry: entry, commits: .failure(error))
            }
        }
        return await withTaskGroup(of: [Reading].self) { tasks in
            for (broker, entries) in byBroker {
                tasks.addTask { await read(entries, on: broker) }
            }
            for await finished in tasks {
                for reading in finished { readings[reading.entry.id] = reading }
            }
            return readings
        }
    }

    /// Whether a group's members are asked for too.
    func isDescribed(_ entry: GroupRegistry.Entry) -> Bool {
        Self.isWorthDescribing(entry) && describesMembers(entry.id)
    }

    private func read(_ entries: [GroupRegistry.Entry], on broker: BrokerID) async -> [Reading] {
        let toDescribe = entries.filter(isDescribed).map(\.id)
        async let described = descriptions(of: toDescribe, on: broker)
        var readings = await commits(of: entries, on: broker)
        let descriptions = await described
        for index in readings.indices {
            readings[index].description = descriptions[readings[index].entry.id]
        }
        return readings
    }

    /// An empty group has no members to ask for; it is described once, for its kind.
    private static func isWorthDescribing(_ entry: GroupRegistry.Entry) -> Bool {
        guard case .listed(let listing, _) = entry.presence, !listing.isSimple else { return false }
        return listing.state != .empty || entry.type == nil
    }

    private func descriptions(
        of groups: [GroupID], on broker: BrokerID
    ) async -> [GroupID: GroupDescription] {
        let size = Self.describedTogether
        let source = source
        return await withTaskGroup(of: [GroupDescription].self) { tasks in
            var starts = stride(from: 0, to: groups.count, by: size).makeIterator()
            func askNext() {
                guard now().monotonic < end, let start = starts.next() else { return }
                let part = Array(groups[start..<min(start + size, groups.count)])
                tasks.addTask { await source.describeGroups(part, on: broker) }
            }
            for _ in 0..<max(1, inFlight / size) { askNext() }
            var answers: [GroupID: GroupDescription] = [:]
            for await answer in tasks {
                for description in answer { answers[description.group] = description }
                askNext()
            }
            return answers
        }
    }

    private func commits(of entries: [GroupRegistry.Entry], on broker: BrokerID) async -> [Reading] {
        await withTaskGroup(of: Reading.self) { tasks in
            var waiting = entries.makeIterator()
            var readings: [Reading] = []
            readings.reserveCapacity(entries.count)
            for _ in 0..<inFlight {
                guard let entry = waiting.next() else { break }
                tasks.addTask { await commits(of: entry, on: broker) }
            }
            var silence: ClusterError?
            for await reading in tasks {
                readings.append(reading)
                if case .failure(let error) = reading.commits, error.reason.isSilence { silence = error }
                guard silence == nil, now().monotonic < end, let entry = waiting.next() else { continue }
                tasks.addTask { await commits(of: entry, on: broker) }
            }
            if let silence {
                readings += IteratorSequence(waiting).map { Self.unasked($0, because: silence) }
            }
            return readings
        }
    }

    /// A broker that fell silent is not asked about the rest of its groups in this round.
    private static func unasked(_ entry: GroupRegistry.Entry, because silence: ClusterError) -> Reading {
        var error = silence
        error.subject = "group \(entry.id)"
        return Reading(entry: entry, commits: .failure(error))
    }

    private func commits(of entry: GroupRegistry.Entry, on broker: BrokerID) async -> Reading {
        let moment = now()
        do throws(ClusterError) {
            let offsets = try await source.committedOffsets(of: entry.id, on: broker)
            return Reading(entry: entry, commits: .success(offsets), read: moment)
        } catch {
            return Reading(entry: entry, commits: .failure(error), read: moment)
        }
    }
}
