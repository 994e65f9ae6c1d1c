import Locking

/// Remembers what a function says of each name, since rounds ask about the same names again and again.
///
/// Matching an expression costs microseconds, which tens of thousands of names in every round would feel.
/// Safe from any thread; the function must always say the same of a name.
package final class NameMemo<Value: Sendable>: Sendable {
    /// Names remembered at most; then all are forgotten, so that names that come and go do not pile up.
    static var namesMax: Int { 200_000 }

    private let decide: @Sendable (String) -> Value
    private let known = Mutex<[String: Value]>([:])

    package init(_ decide: @escaping @Sendable (String) -> Value) { self.decide = decide }

    package func value(of name: String) -> Value {
        if let value = known.withLock({ $0[name] }) { return value }
        let value = decide(name)
        known.withLock { known in
            if known.count >= Self.namesMax { known.removeAll() }
            known[name] = value
        }
        return value
    }
}
