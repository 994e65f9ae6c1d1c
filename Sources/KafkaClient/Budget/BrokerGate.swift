import ClusterAccess

/// Who waits for one broker, in order, and its budget; a value that says what is to be done.
struct BrokerGate {
    /// A caller with `count` requests that are sent at once.
    struct Waiter: Sendable {
        var place: OneShot<Void>
        var count: Int
        var deadline: MonotonicTime
    }

    /// What to do next for those who wait.
    enum Turn {
        case enter(Waiter)
        case expire(Waiter)
        /// Throttling has ended.
        case recovered
        /// Nothing before this moment.
        case wake(MonotonicTime)
    }

    var budget: BrokerBudget
    /// When a task will look again; `nil` while none is on its way.
    var wakesAt: MonotonicTime?
    private var waiting: [Waiter] = []
    /// First of `waiting` that has not been let in; the array is cut when it has become worth it.
    private var head = 0

    /// Nobody waits, and nothing was sent.
    init(_ limits: RequestLimits, at now: MonotonicTime) {
        budget = BrokerBudget(limits: limits, at: now)
    }

    /// Returns whether the request may go at once; otherwise it waits behind the others.
    mutating func enterOrWait(_ waiter: Waiter, at now: MonotonicTime) -> Bool {
        if head == waiting.count, budget.admit(waiter.count, at: now) == .now { return true }
        waiting.append(waiter)
        return false
    }

    /// The next in line who may go or waits in vain, or when to look again; `nil` when nobody waits.
    mutating func nextTurn(at now: MonotonicTime) -> Turn? {
        if budget.hasRecovered(at: now) { return .recovered }
        while head < waiting.count {
            let waiter = waiting[head]
            guard waiter.place.isOpen else {
                dropFirst()
                continue
            }
            guard now < waiter.deadline else {
                dropFirst()
                return .expire(waiter)
            }
            switch budget.admit(waiter.count, at: now) {
            case .now:
                dropFirst()
                return .enter(waiter)
            case .notBefore(let moment): return .wake(min(moment, waiter.deadline))
            case .afterAnother: return .wake(waiter.deadline)
            }
        }
        return nil
    }

    /// Returns whether nobody comes as early as that, and notes that somebody does.
    mutating func mustWake(at moment: MonotonicTime) -> Bool {
        if let wakesAt, wakesAt <= moment { return false }
        wakesAt = moment
        return true
    }

    /// Everybody who waits.
    var everybody: [Waiter] { Array(waiting[head...]) }

    /// Everybody who waits; from now on nobody.
    mutating func takeAll() -> [Waiter] {
        defer { (waiting, head) = ([], 0) }
        return everybody
    }

    private mutating func dropFirst() {
        head += 1
        if head == waiting.count || head > 1_024 {
            waiting.removeFirst(head)
            head = 0
        }
    }
}
