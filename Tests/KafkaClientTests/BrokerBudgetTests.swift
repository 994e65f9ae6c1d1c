import ClusterAccess
import LagwardenTestKit
import Testing

@testable import KafkaClient

/// What a broker is asked at most, with the clock in the test's hands.
@Suite("Budget of a broker")
struct BrokerBudgetTests {
    private static func at(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(sinceOrigin: .milliseconds(Int64(milliseconds)))
    }

    @Test("never more than what flows in and one bucket, in any span of time", arguments: 1...20)
    func bound(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let rate = Int.random(in: 1...500, using: &random)
        var bucket = TokenBucket(depth: .seconds(1), at: Self.at(0))
        var taken: [(at: Int, count: Int)] = []
        var now = 0
        for _ in 0..<2_000 {
            now += Bool.random(using: &random) ? 0 : Int.random(in: 0...40, using: &random)
            let count = Int.random(in: 1...3, using: &random)
            if bucket.take(count, each: .seconds(1) / rate, at: Self.at(now)) == nil {
                taken.append((now, count))
            }
        }
        // From every taking on: the sum so far against the time that has passed since.
        for first in stride(from: 0, to: taken.count, by: 7) {
            var sum = 0
            for entry in taken[first...] {
                sum += entry.count
                let allowed = rate * (entry.at - taken[first].at) / 1_000 + max(rate, 3) + 1
                guard sum > allowed else { continue }
                Issue.record("\(sum) in \(entry.at - taken[first].at) ms at \(rate) a second")
                return
            }
        }
        #expect(taken.count > 10)
    }

    @Test("who comes back when told to is let in, and not before")
    func moment() {
        var random = SeededRandom(seed: 7)
        var bucket = TokenBucket(depth: .seconds(1), at: Self.at(0))
        var now = Self.at(0)
        for _ in 0..<500 {
            let count = Int.random(in: 1...30, using: &random)
            let each = Duration.milliseconds(Int64.random(in: 1...200, using: &random))
            guard let later = bucket.take(count, each: each, at: now) else { continue }
            #expect(later > now)
            var early = bucket
            let before = MonotonicTime(sinceOrigin: later.sinceOrigin - .nanoseconds(1))
            #expect(early.take(count, each: each, at: before) != nil)
            #expect(bucket.take(count, each: each, at: later) == nil)
            now = later
        }
    }

    @Test("a bucket that was left alone is full, and no fuller")
    func full() {
        var bucket = TokenBucket(depth: .seconds(1), at: Self.at(0))
        let day = Self.at(86_400_000)
        for _ in 0..<10 { #expect(bucket.take(1, each: .milliseconds(100), at: day) == nil) }
        #expect(bucket.take(1, each: .milliseconds(100), at: day) == Self.at(86_400_100))
    }

    @Test("a throttling broker is left alone, then asked half as much, and more from second to second")
    func throttling() {
        var budget = BrokerBudget(limits: RequestLimits(perSecond: 600, inFlight: 60), at: Self.at(0))
        #expect(budget.requestsPerSecond(at: Self.at(0)) == 600)
        #expect(budget.throttle(for: .milliseconds(500), at: Self.at(0)) == true)
        #expect(budget.admit(1, at: Self.at(499)) == .notBefore(Self.at(500)))
        #expect(budget.rest(at: Self.at(100)) == .milliseconds(400))
        #expect(budget.admit(1, at: Self.at(500)) == .now)
        #expect(budget.requestsPerSecond(at: Self.at(500)) == 300)
        #expect(budget.places(at: Self.at(500)) == 30)
        // Answers to what was sent together complain of the same.
        #expect(budget.throttle(for: .milliseconds(100), at: Self.at(600)) == false)
        #expect(budget.requestsPerSecond(at: Self.at(700)) > 300)
        #expect(budget.rest(at: Self.at(600)) == .milliseconds(100))
        #expect(budget.hasRecovered(at: Self.at(10_000)) == false)
        let later = budget.requestsPerSecond(at: Self.at(10_700))
        #expect(abs(later - budget.requestsPerSecond(at: Self.at(9_700)) - 10) < 0.001)
        #expect(budget.requestsPerSecond(at: Self.at(40_000)) == 600)
        #expect(budget.hasRecovered(at: Self.at(40_000)) == true)
        #expect(budget.hasRecovered(at: Self.at(40_001)) == false, "told once")
    }

    @Test("a broker that throttles every answer is asked once a second at last, never less")
    func floor() {
        var budget = BrokerBudget(limits: RequestLimits(perSecond: 1_000, inFlight: 32), at: Self.at(0))
        var now = Self.at(0)
        var sent = 0
        var inLastMinute = 0
        while now < Self.at(180_000) {
            switch budget.admit(1, at: now) {
            case .now:
                sent += 1
                if now >= Self.at(120_000) { inLastMinute += 1 }
                budget.finish(1)
                _ = budget.throttle(for: .seconds(1), at: now + .milliseconds(5))
                now = now + .milliseconds(5)
            case .notBefore(let moment): now = moment
            case .afterAnother: Issue.record("nothing is in flight"); return
            }
        }
        #expect(inLastMinute >= 30 && inLastMinute <= 60, "\(inLastMinute)")
        #expect(sent <= 181)
        #expect(budget.places(at: now) >= 1 && budget.requestsPerSecond(at: now) >= 1)
    }

    @Test("a slow broker gets fewer requests at a time, at its rate")
    func slowness() {
        var budget = BrokerBudget(limits: RequestLimits(perSecond: 100, inFlight: 8), at: Self.at(0))
        for _ in 0..<8 { #expect(budget.admit(1, at: Self.at(0)) == .now) }
        #expect(budget.admit(1, at: Self.at(0)) == .afterAnother)
        for _ in 0..<8 { budget.finish(1) }
        budget.slow(at: Self.at(0))
        budget.slow(at: Self.at(10))
        #expect(budget.places(at: Self.at(10)) == 4, "once for what was sent together")
        #expect(budget.requestsPerSecond(at: Self.at(10)) == 100)
        for second in 1...9 { budget.slow(at: Self.at(second * 1_000)) }
        #expect(budget.places(at: Self.at(9_001)) == 1)
        #expect(budget.places(at: Self.at(70_000)) == 8)
    }
}
