import Incidents

/// What one sink still has to be told: a bounded queue, as a value that returns what it drops.
///
/// The order is kept, so that of one incident nothing overtakes anything.
struct DeliveryQueue: Sendable {
    struct Entry: Sendable {
        /// Goes up by one with each entry of this queue.
        var number: Int64
        var task: DeliveryTask
    }

    enum DropReason: String, CaseIterable, Hashable, Sendable {
        /// The queue was full.
        case queueFull = "queue_full"
        /// A newer notice of the same incident says all that this one said.
        case superseded
        /// Attempts went on failing for the configured time.
        case gaveUp = "gave_up"
        /// The server said that it would never take it.
        case refused
    }

    private let limit: Int
    private var nextNumber: Int64 = 1
    private(set) var entries: [Entry] = []
    /// Number of the entry that is being sent.
    private var inFlight: Int64?

    init(limit: Int) { self.limit = max(limit, 1) }

    /// Adds a task; returns what is dropped for it, which may be the task itself.
    mutating func add(_ task: DeliveryTask) -> [(DeliveryTask, DropReason)] {
        var dropped: [(DeliveryTask, DropReason)] = []
        func drop(at index: Int, _ reason: DropReason) {
            dropped.append((entries.remove(at: index).task, reason))
        }
        if let index = entries.firstIndex(where: { isReplaced($0, by: task) }) {
            drop(at: index, .superseded)
        }
        if entries.count >= limit {
            // What is repeated anyway makes room for what is not.
            let isLess = { (entry: Entry) in entry.task.isMinor && entry.number != inFlight }
            guard !task.isMinor, let index = entries.firstIndex(where: isLess) else {
                return dropped + [(task, .queueFull)]
            }
            drop(at: index, .queueFull)
        }
        entries.append(Entry(number: nextNumber, task: task))
        nextNumber += 1
        return dropped
    }

    /// The oldest entry, which is in flight from now on.
    mutating func begin() -> Entry? {
        inFlight = entries.first?.number
        return entries.first
    }

    /// The entry is done with, whichever way.
    mutating func finish(_ number: Int64) {
        entries.removeAll { $0.number == number }
        inFlight = nil
    }

    private func isReplaced(_ entry: Entry, by task: DeliveryTask) -> Bool {
        guard entry.number != inFlight else { return false }
        switch (entry.task, task) {
        case (.refresh, .refresh): return true
        case (.notice(let old), .notice(let new)):
            return old.event.isSuperseded && new.event.isSuperseded && old.incident.id == new.incident.id
        case (.refresh, .notice), (.notice, .refresh): return false
        }
    }
}

/// One thing to send to a sink.
enum DeliveryTask: Hashable, Sendable {
    case notice(Notice)
    /// Everything that is open, for a receiver that forgets what it does not hear of.
    case refresh([Notice])

    /// Whether it is said again anyway.
    var isMinor: Bool {
        switch self {
        case .refresh: true
        case .notice(let notice): notice.event.isSuperseded
        }
    }

    var notices: [Notice] {
        switch self {
        case .notice(let notice): [notice]
        case .refresh(let notices): notices
        }
    }
}
