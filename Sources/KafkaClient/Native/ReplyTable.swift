import ClusterAccess

/// Names one outstanding request; travels through librdkafka as a pointer that is never followed.
struct ReplyTicket: Hashable, Sendable {
    let number: UInt

    init(number: UInt) { self.number = number }

    init(opaque: UnsafeMutableRawPointer?) { number = UInt(bitPattern: opaque) }

    var opaque: UnsafeMutableRawPointer? { unsafe UnsafeMutableRawPointer(bitPattern: number) }
}

/// Requests that wait for their event, with the time after which nobody waits any more.
///
/// A value type for a `Mutex`: it returns what is to be called outside the lock. Each entry leaves it once,
/// so a late event finds nothing, frees nothing and is dropped.
struct ReplyTable {
    /// What to do with the event, or without one; exactly one of the two is called.
    struct Entry: Sendable {
        var deadline: ContinuousClock.Instant
        var deliver: @Sendable (borrowing ClientEvent) -> Void
        var fail: @Sendable (ClusterError.Reason) -> Void
    }

    private var entries: [ReplyTicket: Entry] = [:]
    private var lastNumber: UInt = 0
    private(set) var isClosed = false

    var count: Int { entries.count }

    /// A ticket for a new entry; `nil` once closed.
    mutating func register(_ entry: Entry) -> ReplyTicket? {
        guard !isClosed else { return nil }
        // Zero is what events without a ticket carry.
        lastNumber = lastNumber == .max ? 1 : lastNumber + 1
        let ticket = ReplyTicket(number: lastNumber)
        entries[ticket] = entry
        return ticket
    }

    /// The entry that an event answers, if somebody still waits for it.
    mutating func take(_ ticket: ReplyTicket) -> Entry? {
        entries.removeValue(forKey: ticket)
    }

    /// Entries whose time has passed.
    mutating func takeExpired(at now: ContinuousClock.Instant) -> [Entry] {
        let expired = entries.filter { $0.value.deadline <= now }
        for ticket in expired.keys { entries[ticket] = nil }
        return Array(expired.values)
    }

    /// Every entry; later registrations are refused.
    mutating func close() -> [Entry] {
        isClosed = true
        defer { entries = [:] }
        return Array(entries.values)
    }
}
