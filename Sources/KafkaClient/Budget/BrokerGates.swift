import ClusterAccess
import Locking
import StructuredLog

/// Lets requests go to brokers as fast as each one's ``BrokerBudget`` allows, in the order in which they came.
///
/// Nothing here blocks a thread: who must wait is a task that is resumed when its turn has come. When a request
/// to a broker times out, those who wait for the same broker fail with it: they would only queue behind a stall.
/// Who has waited for as long as a request may take fails with ``ClusterError/Reason/requestBudget``. Cancelling
/// and closing end a wait at once.
final class BrokerGates: Sendable {
    private struct State {
        /// By broker; `nil` is whichever the client library chooses.
        var gates: [BrokerID?: BrokerGate] = [:]
        var wakers: [Int: Task<Void, Never>] = [:]
        var wakerNumber = 0
        var isClosed = false
    }

    private let limits: RequestLimits
    /// Answers that take this long are slow.
    private let slowAfter: Duration
    private let patience: Duration
    private let log: ClientLog
    private let origin = ContinuousClock.now
    private let state = Mutex(State())

    /// `timeout` is that of a request, and of a wait for its turn.
    init(limits: RequestLimits, timeout: Duration, log: ClientLog) {
        self.limits = limits
        self.log = log
        slowAfter = timeout / 2
        // A little more than a request takes, so that a silent broker is told as such to those who wait for it.
        patience = timeout + .milliseconds(500)
    }

    private var now: MonotonicTime { MonotonicTime(sinceOrigin: ContinuousClock.now - origin) }

    /// Waits until `count` requests may go to `broker`; every success is followed by one ``release``.
    func acquire(_ broker: BrokerID?, count: Int = 1, operation: String) async throws(ClusterError) {
        let place = OneShot<Void>()
        enum Decision { case enter, wait, closed }
        let now = now
        let decision = state.withLock { state -> Decision in
            guard !state.isClosed else { return .closed }
            let waiter = BrokerGate.Waiter(place: place, count: count, deadline: now + patience)
            let isIn = state.gates[broker, default: BrokerGate(limits, at: now)].enterOrWait(waiter, at: now)
            return isIn ? .enter : .wait
        }
        switch decision {
        case .enter: return
        case .closed: throw ClusterError(.closed, operation: operation, broker: broker)
        case .wait:
            serve(broker)
            do throws(ClusterError) {
                try await place.value(
                    orOnCancel: ClusterError(.cancelled, operation: operation, broker: broker))
            } catch {
                throw ClusterError(error.reason, operation: operation, broker: broker, detail: error.detail)
            }
        }
    }

    /// Books the end of what was let in together, and lets in who waits.
    func release(_ broker: BrokerID?, count: Int = 1, took: Duration, failure: ClusterError.Reason?) {
        let now = now
        let failed = state.withLock { state -> [BrokerGate.Waiter] in
            state.gates[broker]?.budget.finish(count)
            if took >= slowAfter { state.gates[broker]?.budget.slow(at: now) }
            return failure == .timedOut ? state.gates[broker]?.takeAll() ?? [] : []
        }
        let error = ClusterError(
            .timedOut, operation: "wait", detail: "an earlier request to this broker timed out")
        for waiter in failed { waiter.place.resolve(.failure(error)) }
        serve(broker)
    }

    /// Books that `broker` asked to be left alone; from any thread.
    func throttled(_ broker: BrokerID, for time: Duration) {
        let now = now
        let isNew = state.withLock { state -> Bool in
            guard !state.isClosed else { return false }
            return state.gates[broker, default: BrokerGate(limits, at: now)].budget
                .throttle(for: time, at: now)
        }
        guard isNew else { return }
        log.throttling(
            .warn, broker, "throttles this client by a quota; it is asked less until it no longer does")
    }

    /// Requests that may be sent to `broker` together, should none be in flight.
    func places(of broker: BrokerID) -> Int {
        let now = now
        return state.withLock { $0.gates[broker]?.budget.places(at: now) ?? limits.inFlight }
    }

    /// What each broker that was asked before may be asked now.
    var allowances: [BrokerID: RequestAllowance] {
        let now = now
        return state.withLock { state in
            var allowances: [BrokerID: RequestAllowance] = [:]
            for case (let broker?, let gate) in state.gates {
                allowances[broker] = RequestAllowance(
                    requestsPerSecond: gate.budget.requestsPerSecond(at: now),
                    inFlight: gate.budget.places(at: now), rest: gate.budget.rest(at: now))
            }
            return allowances
        }
    }

    /// Ends every wait; later ones fail at once.
    func close() {
        let (waiting, wakers) = state.withLock { state -> ([BrokerGate.Waiter], [Task<Void, Never>]) in
            state.isClosed = true
            defer { (state.gates, state.wakers) = ([:], [:]) }
            return (state.gates.values.flatMap(\.everybody), Array(state.wakers.values))
        }
        for waker in wakers { waker.cancel() }
        let error = ClusterError(.closed, operation: "wait")
        for waiter in waiting { waiter.place.resolve(.failure(error)) }
    }
}

// MARK: - Letting in

extension BrokerGates {
    /// Lets in as many as may go now, ends waits that lasted too long, and sees to it that this is done again.
    private func serve(_ broker: BrokerID?) {
        while true {
            let now = now
            switch state.withLock({ $0.gates[broker]?.nextTurn(at: now) }) {
            case nil: return
            case .enter(let waiter):
                // One that was cancelled meanwhile does not take the place.
                if !waiter.place.resolve(.success(())) {
                    state.withLock { $0.gates[broker]?.budget.finish(waiter.count) }
                }
            case .expire(let waiter):
                let error = ClusterError(
                    .requestBudget, operation: "wait",
                    detail: "its turn did not come within the time of a request")
                waiter.place.resolve(.failure(error))
            case .recovered:
                log.throttling(.info, broker, "no longer throttles this client; it is asked as usual")
            case .wake(let moment):
                wake(broker, at: moment, now)
                return
            }
        }
    }

    /// Sees to it that ``serve(_:)`` is called at `moment` at the latest.
    private func wake(_ broker: BrokerID?, at moment: MonotonicTime, _ now: MonotonicTime) {
        state.withLock { state in
            guard !state.isClosed, state.gates[broker]?.mustWake(at: moment) == true else { return }
            let number = state.wakerNumber
            state.wakerNumber += 1
            let delay = moment - now
            state.wakers[number] = Task { [weak self] in
                try? await Task.sleep(for: delay, clock: .continuous)
                self?.woken(number, for: broker, at: moment)
            }
        }
    }

    private func woken(_ number: Int, for broker: BrokerID?, at moment: MonotonicTime) {
        state.withLock { state in
            state.wakers[number] = nil
            if state.gates[broker]?.wakesAt == moment { state.gates[broker]?.wakesAt = nil }
        }
        serve(broker)
    }
}
