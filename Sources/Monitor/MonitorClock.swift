package import ClusterAccess
import Foundation

/// Both clocks and the sleep between rounds, passed in so that tests bring their own.
package struct MonitorClock: Sendable {
    package var now: @Sendable () -> Moment
    /// Sleeps for a duration; throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Moment, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's clocks; the monotonic one counts from this call.
    package static func system() -> MonitorClock {
        let origin = ContinuousClock.now
        return MonitorClock(
            now: {
                let nanoseconds = (Date().timeIntervalSince1970 * 1e9).rounded()
                return Moment(
                    wall: WallTime(nanosecondsSince1970: Int64(exactly: nanoseconds) ?? 0),
                    monotonic: MonotonicTime(sinceOrigin: ContinuousClock.now - origin))
            },
            sleep: { try await Task.sleep(for: $0, clock: .continuous) })
    }
}

/// When the next round starts.
package enum RoundSchedule {
    /// Time to wait after a round that took `elapsed`, so that starts are an interval apart.
    ///
    /// `random` lies in 0...1 and moves the start by up to `jitter` of the interval to either side. A round
    /// that overran is followed at once, but never without a tenth of the interval for everybody to
    /// breathe.
    package static func delay(
        interval: Duration, jitter: Double, elapsed: Duration, random: Double
    ) -> Duration {
        let target = interval * (1 + jitter * (2 * random - 1))
        return max(target - elapsed, interval / 10)
    }
}
