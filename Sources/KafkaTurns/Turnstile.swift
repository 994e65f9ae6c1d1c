/// Lets a few suites at a time have their brokers: many clusters starve each other on a small machine.
package actor Turnstile {
    /// For suites that run the exporter against brokers: one at a time.
    package static let endToEnd = Turnstile(places: 1)
    /// For suites about one part of it, which run beside those: two at a time.
    package static let parts = Turnstile(places: 2)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init(places: Int) { free = places }

    /// Runs `body` when there is a place.
    package func pass(_ body: () async throws -> Void) async throws {
        await enter()
        do {
            try await body()
        } catch {
            leave()
            throw error
        }
        leave()
    }

    private func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
