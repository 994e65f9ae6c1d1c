/// Waits for what happens in its own time.
package enum Eventually {
    /// Asks every 25 ms, for tests with real processes, until the answer is true.
    ///
    /// False when the limit passes, and at once when the answer is `nil`.
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

    /// Lets other tasks of this process run until the answer is true, or until a time limit cancels the test,
    /// whose expectations then fail.
    package static func comes(_ condition: () async -> Bool) async {
        var looks = 0
        while await !condition(), !Task.isCancelled {
            looks += 1
            // Many that wait for the same processor would else take it from what they wait for.
            if looks < 20 { await Task.yield() } else { try? await Task.sleep(for: .milliseconds(1)) }
        }
    }
}
