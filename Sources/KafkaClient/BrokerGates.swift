import ClusterAccess
import Locking

/// Bounds the group requests that are outstanding at each broker.
///
/// Callers beyond the bound wait in order. When a request to a broker times out, those who wait for the same
/// broker fail with it: they would only queue behind a stall. Cancelling and closing end a wait at once.
final class BrokerGates: Sendable {
    private struct Gate {
        var free: Int
        var waiting: [OneShot<Void>] = []
        /// First of `waiting` that has not been let in; the array is cut when it has become worth it.
        var head = 0
    }

    private struct State {
        var gates: [BrokerID: Gate] = [:]
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Waits for one of the broker's places; every success is followed by one ``release(_:failure:)``.
    func acquire(_ broker: BrokerID, operation: String) async throws(ClusterError) {
        let place = OneShot<Void>()
        enum Decision { case enter, wait, closed }
        let decision = state.withLock { state -> Decision in
            guard !state.isClosed else { return .closed }
            var gate = state.gates[broker] ?? Gate(free: limit)
            defer { state.gates[broker] = gate }
            if gate.free > 0 {
                gate.free -= 1
                return .enter
            }
            gate.waiting.append(place)
            return .wait
        }
        switch decision {
        case .enter: return
        case .closed: throw ClusterError(.closed, operation: operation, broker: broker)
        case .wait:
            do throws(ClusterError) {
                try await place.value(
                    orOnCancel: ClusterError(.cancelled, operation: operation, broker: broker))
            } catch {
                throw ClusterError(error.reason, operation: operation, broker: broker, detail: error.detail)
            }
        }
    }

    /// Gives a place back, to the next in line.
    func release(_ broker: BrokerID, failure: ClusterError.Reason?) {
        if failure == .timedOut { failWaiting(for: broker) }
        while true {
            let next = state.withLock { state -> OneShot<Void>? in
                guard var gate = state.gates[broker] else { return nil }
                defer { state.gates[broker] = gate }
                guard gate.head < gate.waiting.count else {
                    gate.waiting = []
                    gate.head = 0
                    gate.free += 1
                    return nil
                }
                let next = gate.waiting[gate.head]
                gate.head += 1
                if gate.head > 1_024 {
                    gate.waiting.removeFirst(gate.head)
                    gate.head = 0
                }
                return next
            }
            // One that was cancelled meanwhile does not take the place.
            guard let next else { return }
            if next.resolve(.success(())) { return }
        }
    }

    /// Ends every wait; later ones fail at once.
    func close() {
        let waiting = state.withLock { state -> [OneShot<Void>] in
            state.isClosed = true
            defer { state.gates = [:] }
            return state.gates.values.flatMap { $0.waiting[$0.head...] }
        }
        for place in waiting { place.resolve(.failure(ClusterError(.closed, operation: "wait"))) }
    }

    private func failWaiting(for broker: BrokerID) {
        let waiting = state.withLock { state -> [OneShot<Void>] in
            guard var gate = state.gates[broker] else { return [] }
            let waiting = Array(gate.waiting[gate.head...])
            gate.waiting = []
            gate.head = 0
            state.gates[broker] = gate
            return waiting
        }
        let error = ClusterError(
            .timedOut, operation: "wait", detail: "an earlier request to this broker timed out")
        for place in waiting { place.resolve(.failure(error)) }
    }
}
