/// Waits for what happens in its own time, for tests with real processes only.
package enum Eventually {
    /// Asks every 25 ms until the answer is true; `nil` gives up at once. False when the limit passes.
    package static func holds(
        within limit: Duration = .seconds(15), _ condition: @Sendable () async throws -> Bool?
    ) async rethrows -> Bool {
        let deadline = ContinuousClock.now + limit
        while true {
            guard let answer = try await condition() else { return false }
            if answer { return true }
            if ContinuousClock.now >= deadline || Task.isCancelled { return false }
            try? await Task.sleep(for: .milliseconds(25))
        }
    }
}
