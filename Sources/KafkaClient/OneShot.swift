import ClusterAccess
import Locking

/// An answer that arrives once, whatever comes first of reply, time-out, cancellation and close.
///
/// One task waits for it; any thread resolves it, and all resolutions but the first are ignored.
final class OneShot<Value: Sendable>: Sendable {
    typealias Answer = Result<Value, ClusterError>

    /// Goes from `initial` to `waiting` or `completed`, from `waiting` to `completed`, and stays there.
    private enum State {
        case initial
        case waiting(CheckedContinuation<Answer, Never>)
        case completed(Answer)
    }

    private let state = Mutex(State.initial)

    init() {}

    /// Gives the answer; returns whether it was the first and will therefore be seen.
    @discardableResult
    func resolve(_ answer: Answer) -> Bool {
        let (isFirst, waiting) = state.withLock { state -> (Bool, CheckedContinuation<Answer, Never>?) in
            switch state {
            case .initial:
                state = .completed(answer)
                return (true, nil)
            case .waiting(let continuation):
                state = .completed(answer)
                return (true, continuation)
            case .completed:
                return (false, nil)
            }
        }
        waiting?.resume(returning: answer)
        return isFirst
    }

    /// Whether somebody still waits or may come to wait for the answer.
    var isOpen: Bool {
        state.withLock {
            switch $0 {
            case .initial, .waiting: true
            case .completed: false
            }
        }
    }

    /// Waits for the answer; a cancelled task gets `cancelled` at once.
    ///
    /// To be called once.
    func value(orOnCancel cancelled: ClusterError) async throws(ClusterError) -> Value {
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
                let ready = state.withLock { state -> Answer? in
                    switch state {
                    case .initial:
                        state = .waiting(continuation)
                        return nil
                    case .waiting:
                        return .failure(cancelled)
                    case .completed(let answer):
                        return answer
                    }
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            resolve(.failure(cancelled))
        }
        return try answer.get()
    }
}
