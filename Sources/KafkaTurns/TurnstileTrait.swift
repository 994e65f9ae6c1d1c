package import Testing

/// Lets a suite whose tests start brokers of their own pass a turnstile as a whole.
///
/// Its time limits count from when it has a place.
package struct TurnstileTrait: SuiteTrait, TestScoping {
    let turnstile: Turnstile

    @concurrent
    package func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await turnstile.pass { try await function() }
    }
}

extension Trait where Self == TurnstileTrait {
    /// Alone among the suites that run the exporter against brokers.
    package static var alone: TurnstileTrait { TurnstileTrait(turnstile: .endToEnd) }

    /// In turn with the other suites that have brokers for one part.
    package static var inTurn: TurnstileTrait { TurnstileTrait(turnstile: .parts) }
}
