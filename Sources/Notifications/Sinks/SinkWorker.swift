import ClusterAccess
import Dispatch
import Foundation
import Incidents
import Locking
import StructuredLog

/// Sends what one sink is to be told, on a thread of its own: in order, one request at a time, with retries.
///
/// A sink that hangs costs this thread and its bounded queue, nothing else.
final class SinkWorker: Sendable {
    struct Statistics: Sendable {
        var delivered: Int64 = 0
        /// Attempts that failed and are made again.
        var failed: Int64 = 0
        /// Attempts that were refused for good.
        var refused: Int64 = 0
        var dropped: [DeliveryQueue.DropReason: Int64] = [:]
        var queueLength = 0
    }

    /// What the worker needs of its surroundings.
    struct Surroundings: Sendable {
        var externalURL: String
        var now: @Sendable () -> Moment
        var backOff = BackOff()
        var logger: Logger
        /// Told of every task that needs no further attempt, delivered or not; on any thread.
        var isDone: @Sendable (DeliveryTask) -> Void
    }

    private struct State {
        var queue: DeliveryQueue
        var statistics = Statistics()
        /// No attempt begins or goes on after it; `nil` while the worker is to run.
        var stopBy: ContinuousClock.Instant?
        var isFailing = false
    }

    let settings: SinkSettings
    private let surroundings: Surroundings
    private let logger: Logger
    private let state: Locking.Mutex<State>
    private let doorbell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ settings: SinkSettings, _ surroundings: Surroundings) {
        self.settings = settings
        self.surroundings = surroundings
        logger = surroundings.logger.with("sink", settings.name)
        state = Locking.Mutex(State(queue: DeliveryQueue(limit: settings.queueLimit)))
    }

    func start() {
        let thread = Thread { [self] in
            work()
            ended.signal()
        }
        thread.name = "notify-sink"
        thread.start()
    }

    /// Queues a task; what has to make room for it is counted and logged.
    func add(_ task: DeliveryTask) {
        let dropped = state.withLock { state in
            let dropped = state.queue.add(task)
            for case (.notice, let reason) in dropped {
                state.statistics.dropped[reason, default: 0] += 1
            }
            return dropped
        }
        for (task, reason) in dropped { tellDropped(task, reason) }
        doorbell.signal()
    }

    /// Lets the queue run empty until `deadline`; an attempt that fails from now on is not made again.
    func stop(by deadline: ContinuousClock.Instant) {
        state.withLock { $0.stopBy = deadline }
        doorbell.signal()
    }

    /// Waits on the calling thread for the end of the worker; returns whether it came in time.
    func waitForEnd(by deadline: ContinuousClock.Instant) -> Bool {
        let left = max(.zero, deadline - .now)
        return ended.wait(timeout: .now() + left.seconds) == .success
    }

    var statistics: Statistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.queueLength = state.queue.entries.count { entry in
                if case .notice = entry.task { true } else { false }
            }
            return statistics
        }
    }

    private var isStopping: Bool { state.withLock { $0.stopBy != nil } }

    private var mayGoOn: Bool { state.withLock { $0.stopBy.map { .now < $0 } ?? true } }

    private func work() {
        while mayGoOn {
            if let entry = state.withLock({ $0.queue.begin() }) {
                guard deliver(entry) else { return }
            } else if isStopping {
                return
            } else {
                doorbell.wait()
            }
        }
    }

    /// Attempts until it is known what becomes of the entry; returns false when the worker is to end.
    private func deliver(_ entry: DeliveryQueue.Entry) -> Bool {
        let begin = ContinuousClock.now
        var failures = 0
        while mayGoOn {
            switch attempt(entry.task) {
            case .delivered:
                finish(entry, nil)
                return true
            case .refused(let sentence):
                state.withLock { $0.statistics.refused += 1 }
                logger.warn("notification refused: \(sentence)")
                finish(entry, .refused)
                return true
            case .failed(let sentence, let retryAfter):
                failures += 1
                noteFailure(sentence)
                // What is sent again anyway must not hold up what is not.
                if case .refresh = entry.task {
                    finish(entry, nil, isDelivered: false)
                    return pause(surroundings.backOff.first)
                }
                if isStopping { return false }
                guard ContinuousClock.now - begin < settings.retryFor else {
                    finish(entry, .gaveUp)
                    return true
                }
                let length = surroundings.backOff.pause(
                    after: failures, retryAfter: retryAfter, random: Double.random(in: 0...1))
                guard pause(length) else { return false }
            }
        }
        return false
    }

    private func attempt(_ task: DeliveryTask) -> DeliveryVerdict {
        do throws(HTTPFailure) {
            let exchange = try settings.request(
                for: task, externalURL: surroundings.externalURL, at: surroundings.now().wall)
            return DeliveryVerdict(HTTPClient.perform(exchange) { [self] in mayGoOn })
        } catch {
            return .failed(error.description, retryAfter: nil)
        }
    }

    private func noteFailure(_ sentence: String) {
        let isFirst = state.withLock { state in
            state.statistics.failed += 1
            defer { state.isFailing = true }
            return !state.isFailing
        }
        logger.log(isFirst ? .warn : .debug, "notification failed: \(sentence)")
    }

    private func finish(
        _ entry: DeliveryQueue.Entry, _ dropped: DeliveryQueue.DropReason?, isDelivered: Bool = true
    ) {
        let isBack = state.withLock { state in
            state.queue.finish(entry.number)
            if let dropped {
                if case .notice = entry.task { state.statistics.dropped[dropped, default: 0] += 1 }
                return false
            }
            guard isDelivered else { return false }
            state.statistics.delivered += 1
            defer { state.isFailing = false }
            return state.isFailing
        }
        if isBack { logger.info("notifications are delivered again") }
        if let dropped { tellDropped(entry.task, dropped) } else { surroundings.isDone(entry.task) }
    }

    private func tellDropped(_ task: DeliveryTask, _ reason: DeliveryQueue.DropReason) {
        if case .notice(let notice) = task, reason != .superseded {
            logger.warn(
                "notification dropped",
                [
                    "reason": reason.rawValue, "event": notice.event.rawValue,
                    "rule": notice.incident.key.rule, "cluster": notice.incident.key.cluster,
                ])
        }
        surroundings.isDone(task)
    }

    /// Waits; returns false when the worker is to end meanwhile.
    private func pause(_ length: Duration) -> Bool {
        let end = ContinuousClock.now + length
        while !isStopping {
            let left = end - .now
            guard left > .zero else { return true }
            _ = doorbell.wait(timeout: .now() + left.seconds)
        }
        return false
    }
}
