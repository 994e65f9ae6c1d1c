import Testing

/// Lets one suite at a time have its brokers: several clusters at once starve each other on a small machine.
actor Turnstile {
    private static let shared = Turnstile()

    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs `body` when no other suite has its brokers.
    static func pass(_ body: () async throws -> Void) async throws {
        await shared.enter()
        do {
            try await body()
        } catch {
            await shared.leave()
            throw error
        }
        await shared.leave()
    }

    private func enter() async {
        if isTaken {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            isTaken = true
        }
    }

    private func leave() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}

/// Lets a suite whose tests start brokers of their own pass the turnstile as a whole.
struct TurnstileTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Turnstile.pass { try await function() }
    }
}

extension Trait where Self == TurnstileTrait {
    /// One suite at a time, where its tests do not share a cluster.
    static var alone: TurnstileTrait { TurnstileTrait() }
}
