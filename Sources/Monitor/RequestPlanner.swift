import ClusterAccess
import LagModel

/// How often coordinators are asked about groups.
package struct RequestPlanSettings: Hashable, Sendable {
    /// A group without members whose commits stand still is asked once in this time; not longer than a
    /// round's interval: in every round.
    package var idleInterval: Duration
    /// What a coordinator said longer ago than this, and longer ago than the group's turn, is not used.
    package var staleAfter: Duration

    package init(idleInterval: Duration = .zero, staleAfter: Duration = .seconds(30)) {
        self.idleInterval = idleInterval
        self.staleAfter = staleAfter
    }
}

/// Decides which groups' coordinators are asked in a round: hot ones each time, idle ones rarely, and those that
/// wait longest first where the budget of a broker does not suffice for all.
///
/// A pure value, time passed in. Hot is a group that its coordinator lists with members, that is not listed at
/// all, or whose commits moved in one of its last ``idleAfter`` readings. Any other is idle, one that has no
/// commits among them, and has its turn once in the idle interval, at a time of its own that follows from its
/// name. A state that changes makes a group due at once. Every group is due from some moment on and those due
/// first come first, so nobody starves: whoever is asked goes to the end.
struct RequestPlanner {
    /// Readings without a movement after which a group without members is idle.
    static let idleAfter = 3

    /// A group whose coordinator answers, and what asking about it costs.
    struct Candidate {
        var id: GroupID
        var broker: BrokerID
        /// As listed in this round; `nil` when it is not listed.
        var state: GroupState?
        /// Requests to `broker`.
        var requests: Int
    }

    /// What is asked in one round.
    struct Plan: Equatable {
        /// The longest waiting first.
        var asked: [GroupID] = []
        /// Of those asked, how many are idle.
        var idle = 0
        /// Groups whose turn it was and that are not asked.
        var debt = 0
    }

    private struct Memory {
        var state: GroupState?
        /// From when on it is its turn.
        var due: MonotonicTime
        var lastRead: MonotonicTime?
        /// Successive readings that found the same commits.
        var unchanged = 0
    }

    private let interval: Duration
    private let settings: RequestPlanSettings
    private var memories: [GroupID: Memory] = [:]

    /// `interval` is that of rounds.
    init(interval: Duration, settings: RequestPlanSettings) {
        self.interval = interval
        self.settings = settings
    }

    /// Chooses among all groups that are asked at all; others are forgotten.
    ///
    /// `allowance` is the number of requests that a broker may be sent for this; `nil` is any number.
    mutating func plan(
        _ candidates: [Candidate], at now: MonotonicTime, allowance: (BrokerID) -> Int?
    ) -> Plan {
        var kept: [GroupID: Memory] = [:]
        kept.reserveCapacity(candidates.count)
        var due: [(candidate: Candidate, due: MonotonicTime, phase: UInt32)] = []
        for candidate in candidates {
            var memory = memories[candidate.id] ?? Memory(state: candidate.state, due: now)
            if memory.state != candidate.state {
                memory.state = candidate.state
                memory.unchanged = 0
                memory.due = min(memory.due, now)
            }
            kept[candidate.id] = memory
            // Rounds do not begin on time to the millisecond.
            guard memory.due <= now + interval / 2 else { continue }
            due.append((candidate, memory.due, NamePhase.hash(candidate.id.rawValue)))
        }
        memories = kept
        due.sort { ($0.due, $0.phase, $0.candidate.id) < ($1.due, $1.phase, $1.candidate.id) }
        var plan = Plan()
        var left: [BrokerID: Int] = [:]
        for entry in due {
            let (broker, requests) = (entry.candidate.broker, entry.candidate.requests)
            if let budget = left[broker] ?? allowance(broker) {
                guard budget > 0 else {
                    left[broker] = 0
                    plan.debt += 1
                    continue
                }
                // The last one may cost more than what is left: it would never be asked otherwise.
                left[broker] = max(0, budget - requests)
            }
            plan.asked.append(entry.candidate.id)
            if isIdle(entry.candidate.id) { plan.idle += 1 }
        }
        return plan
    }

    /// Takes in that a group was read at `moment`, and whether that found other commits than before.
    mutating func noteReading(_ id: GroupID, hasMoved: Bool, at moment: MonotonicTime) {
        guard var memory = memories[id] else { return }
        memory.unchanged = hasMoved ? 0 : memory.unchanged + 1
        memory.lastRead = moment
        memories[id] = memory
        let next = isIdle(id) ? nextTurn(of: id, after: moment + interval / 2) : moment + interval
        memories[id]?.due = next
    }

    /// Takes in that a group was asked about and could not be read; it is tried again in the next round.
    mutating func noteFailure(_ id: GroupID, at moment: MonotonicTime) {
        memories[id]?.due = moment + interval
    }

    /// Whether what was read of a group last is too old to be used at `now`, or was never read.
    func isStale(_ id: GroupID, at now: MonotonicTime) -> Bool {
        guard let lastRead = memories[id]?.lastRead else { return true }
        return now - lastRead > settings.staleAfter + (isIdle(id) ? settings.idleInterval : .zero)
    }

    /// Whether the group is asked rarely.
    func isIdle(_ id: GroupID) -> Bool {
        guard settings.idleInterval > interval, let memory = memories[id] else { return false }
        return memory.state == .empty && memory.unchanged >= Self.idleAfter
    }

    /// The group's own moment in every idle interval.
    private func nextTurn(of id: GroupID, after moment: MonotonicTime) -> MonotonicTime {
        let period = settings.idleInterval
        let offset = period * NamePhase.fraction(id.rawValue)
        let turns = ((moment.sinceOrigin - offset) / period).rounded(.down) + 1
        return MonotonicTime(sinceOrigin: offset + period * turns)
    }
}

/// A number that follows from a name, evenly spread over names.
enum NamePhase {
    /// FNV-1a, mixed so that names which differ in their last letter lie far apart.
    static func hash(_ name: String) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        hash = (hash ^ (hash >> 16)) &* 0x85eb_ca6b
        hash = (hash ^ (hash >> 13)) &* 0xc2b2_ae35
        return hash ^ (hash >> 16)
    }

    /// In 0..<1.
    static func fraction(_ name: String) -> Double { Double(hash(name)) / 4_294_967_296 }
}
