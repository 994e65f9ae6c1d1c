import ClusterAccess

/// Bounds of what one broker is asked.
struct RequestLimits: Hashable, Sendable {
    var perSecond: Int
    var inFlight: Int

    /// Bounds of at least one request each.
    init(perSecond: Int, inFlight: Int) {
        self.perSecond = max(1, perSecond)
        self.inFlight = max(1, inFlight)
    }
}

/// What one broker may be sent now: requests per second and in flight, less for one that holds us back.
///
/// A pure value, time passed in. A broker that throttles (KIP-219) is left alone for the time it names; its rate
/// and its requests in flight are halved, down to one a second and one, and grow back by a sixtieth of the limit
/// each second. One whose answers take half of their time-out gets fewer in flight in the same way, at its rate.
struct BrokerBudget: Sendable {
    let limits: RequestLimits
    private var bucket: TokenBucket
    private var pace = AdaptiveShare()
    private var width = AdaptiveShare()
    private var restsUntil: MonotonicTime?
    private(set) var inFlight = 0
    /// From the first throttling until the limit is reached again.
    private(set) var isThrottled = false

    /// A broker that is asked for the first time: all of its second is there.
    init(limits: RequestLimits, at now: MonotonicTime) {
        self.limits = limits
        bucket = TokenBucket(depth: .seconds(1), at: now)
    }

    /// Whether a request may go.
    enum Admission: Hashable {
        case now
        case notBefore(MonotonicTime)
        /// When one that is in flight has ended.
        case afterAnother
    }

    /// Lets `count` requests go that are sent at once, and books them, or says what they wait for.
    ///
    /// Where they are more than may be in flight, they go alone.
    mutating func admit(_ count: Int, at now: MonotonicTime) -> Admission {
        if let restsUntil, now < restsUntil { return .notBefore(restsUntil) }
        guard inFlight == 0 || inFlight + count <= places(at: now) else { return .afterAnother }
        let interval = Duration.seconds(1) / requestsPerSecond(at: now)
        if let moment = bucket.take(count, each: interval, at: now) { return .notBefore(moment) }
        inFlight += count
        return .now
    }

    /// Books the end of `count` requests that were let go.
    mutating func finish(_ count: Int) { inFlight = max(0, inFlight - count) }

    /// The broker asks to be left alone for `time`; returns whether that is new.
    mutating func throttle(for time: Duration, at now: MonotonicTime) -> Bool {
        let rest = now + min(time, .seconds(60))
        restsUntil = max(restsUntil ?? rest, rest)
        pace.halve(at: now, until: rest, least: 1 / Double(limits.perSecond))
        defer { isThrottled = true }
        return !isThrottled
    }

    /// An answer took long: fewer are to wait for one at the same time.
    mutating func slow(at now: MonotonicTime) {
        width.halve(at: now, until: now, least: 1 / Double(limits.inFlight))
    }

    /// Whether throttling has ended since this was asked last.
    mutating func hasRecovered(at now: MonotonicTime) -> Bool {
        guard isThrottled, pace.value(at: now) >= 1 else { return false }
        isThrottled = false
        return true
    }

    /// Requests that may be in flight now.
    func places(at now: MonotonicTime) -> Int {
        let share = min(pace.value(at: now), width.value(at: now))
        return max(1, Int(Double(limits.inFlight) * share))
    }

    /// Requests per second that may be sent when it does not rest.
    func requestsPerSecond(at now: MonotonicTime) -> Double {
        max(1, Double(limits.perSecond) * pace.value(at: now))
    }

    /// Time for which nothing is sent at all.
    func rest(at now: MonotonicTime) -> Duration { restsUntil.map { max(.zero, $0 - now) } ?? .zero }
}
