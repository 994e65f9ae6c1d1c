import Locking

/// Remembers what a function says of each name, since rounds ask about the same names again and again.
///
/// Matching an expression costs microseconds, which tens of thousands of names in every round would feel.
/// Names that nobody asks about are forgotten, so that those that come and go do not pile up.
/// Safe from any thread; the function must always say the same of a name.
package final class NameMemo<Name: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A name that is not asked about for twice as long is forgotten when the next new one comes.
    static var life: Duration { .seconds(60) }
    /// Names in a generation at most, should so many come within its life.
    static var namesMax: Int { 200_000 }

    private let now: @Sendable () -> ContinuousClock.Instant
    private let decide: @Sendable (Name) -> Value
    private let generations: Mutex<Generations>

    /// `now` tells how old an answer is; it is read only when one is kept.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        _ decide: @escaping @Sendable (Name) -> Value
    ) {
        self.now = now
        self.decide = decide
        generations = Mutex(Generations(begun: now()))
    }

    package func value(of name: Name) -> Value {
        if let value = generations.withLock({ $0.value(of: name, now) }) { return value }
        let value = decide(name)
        generations.withLock { $0.keep(value, of: name, now()) }
        return value
    }

    /// Names that are remembered.
    var count: Int { generations.withLock { $0.count } }

    /// Names asked about since a moment, and those of the time before that have not been asked about again.
    private struct Generations {
        private var young: [Name: Value] = [:]
        private var old: [Name: Value] = [:]
        private var begun: ContinuousClock.Instant

        init(begun: ContinuousClock.Instant) { self.begun = begun }

        var count: Int { young.count + old.count }

        mutating func value(of name: Name, _ now: () -> ContinuousClock.Instant) -> Value? {
            if let value = young[name] { return value }
            guard let value = old.removeValue(forKey: name) else { return nil }
            keep(value, of: name, now())
            return value
        }

        mutating func keep(_ value: Value, of name: Name, _ now: ContinuousClock.Instant) {
            if young.count >= NameMemo.namesMax || now - begun >= NameMemo.life {
                old = young
                young = [:]
                begun = now
            }
            young[name] = value
        }
    }
}
