import ClusterAccess
import StructuredLog
import Testing

@testable import KafkaClient

@Suite("Places at a broker", .timeLimit(.minutes(5)))
struct BrokerGatesTests {
    private static let broker = BrokerID(1)

    private static func gates(
        perSecond: Int = 1_000, inFlight: Int = 1, timeout: Duration = .seconds(60)
    ) -> BrokerGates {
        BrokerGates(
            limits: RequestLimits(perSecond: perSecond, inFlight: inFlight), timeout: timeout,
            log: ClientLog(logger: .silent, redactor: Redactor(properties: [])))
    }

    /// Asks for a place and tells why there was none.
    private static func acquire(_ gates: BrokerGates, _ broker: BrokerID?) async -> ClusterError.Reason? {
        do throws(ClusterError) {
            try await gates.acquire(broker, operation: "test")
            return nil
        } catch { return error.reason }
    }

    @Test("a place given back goes to the next in line, not to one who left")
    func order() async throws {
        let gates = Self.gates()
        #expect(await Self.acquire(gates, Self.broker) == nil)
        let cancelled = Task { await Self.acquire(gates, Self.broker) }
        cancelled.cancel()
        #expect(await cancelled.value == .cancelled)
        let waiting = Task { await Self.acquire(gates, Self.broker) }
        gates.release(Self.broker, took: .zero, failure: nil)
        #expect(await waiting.value == nil)
        gates.release(Self.broker, took: .zero, failure: nil)
        #expect(await Self.acquire(gates, Self.broker) == nil)
    }

    @Test("a time-out fails those who wait for the same broker")
    func stall() async throws {
        let gates = Self.gates()
        #expect(await Self.acquire(gates, Self.broker) == nil)
        #expect(await Self.acquire(gates, BrokerID(2)) == nil)
        #expect(await Self.acquire(gates, nil) == nil)
        let waiting = Task { await Self.acquire(gates, Self.broker) }
        // Until the task waits, the place is simply given back and taken by it.
        gates.release(Self.broker, took: .zero, failure: .timedOut)
        let reason = await waiting.value
        #expect(reason == nil || reason == .timedOut)
    }

    @Test("closing ends every wait, also those for tokens")
    func close() async throws {
        let gates = Self.gates(perSecond: 1, inFlight: 10)
        #expect(await Self.acquire(gates, Self.broker) == nil)
        gates.throttled(Self.broker, for: .seconds(60))
        let waiting = Task { await Self.acquire(gates, Self.broker) }
        gates.close()
        #expect(await waiting.value == .closed)
        #expect(await Self.acquire(gates, Self.broker) == .closed)
    }

    @Test("who waits for a turn longer than a request may take is told that the budget did not suffice")
    func patience() async throws {
        let gates = Self.gates(perSecond: 1, inFlight: 10, timeout: .milliseconds(1))
        #expect(await Self.acquire(gates, Self.broker) == nil)
        gates.throttled(Self.broker, for: .seconds(60))
        #expect(await Self.acquire(gates, Self.broker) == .requestBudget)
        gates.close()
    }

    @Test("tokens that come in later let in who waits, in a task and not on a thread")
    func refill() async throws {
        let gates = Self.gates(perSecond: 50, inFlight: 1_000)
        let start = ContinuousClock.now
        await withTaskGroup(of: ClusterError.Reason?.self) { tasks in
            for _ in 0..<70 { tasks.addTask { await Self.acquire(gates, Self.broker) } }
            for await reason in tasks { #expect(reason == nil) }
        }
        // 50 at once, 20 more at 50 a second.
        #expect(ContinuousClock.now - start >= .milliseconds(395))
        #expect(gates.allowances[Self.broker]?.requestsPerSecond == 50)
    }

    @Test("what is sent together takes its places together, and alone where they are fewer")
    func several() async throws {
        let gates = Self.gates(inFlight: 4)
        try await gates.acquire(Self.broker, count: 20, operation: "test")
        let one = Task { await Self.acquire(gates, Self.broker) }
        gates.release(Self.broker, count: 20, took: .zero, failure: nil)
        #expect(await one.value == nil)
        #expect(gates.places(of: Self.broker) == 4)
        gates.throttled(Self.broker, for: .milliseconds(1))
        #expect(gates.places(of: Self.broker) == 2)
        gates.close()
    }
}
