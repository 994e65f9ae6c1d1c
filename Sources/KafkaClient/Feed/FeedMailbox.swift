import ClusterAccess
import Locking

/// What passes between the tasks that use a feed and the thread that reads for it.
///
/// Batches wait here, at most ``depth`` of them, so that the next is fetched while one is decoded. Nobody
/// holds the lock while he waits.
final class FeedMailbox: Sendable {
    /// A change of what is read, carried out by the thread between two polls.
    enum Command: Sendable {
        case follow([PartitionID: FeedStart])
        case unfollow(Set<PartitionID>)
    }

    struct Order: Sendable {
        var command: Command
        var done: OneShot<Void>
    }

    /// What the thread is to do next.
    struct Turn: Sendable {
        var orders: [Order]
        var isEnding: Bool
        /// Whether another batch may be read.
        var hasRoom: Bool
        /// Records that the reader takes at a time.
        var limit: Int
        /// When a waiting call has to be answered.
        var deadline: ContinuousClock.Instant?
    }

    private struct Waiter {
        var reply: OneShot<FeedBatch>
        var limit: Int
        var deadline: ContinuousClock.Instant
    }

    private enum Ending {
        case open
        case ending(waiting: [OneShot<Void>])
        case over
    }

    private struct State {
        var orders: [Order] = []
        var batches: [FeedBatch] = []
        var waiter: Waiter?
        var limit = 1_000
        /// For the next call, once; or for every call.
        var failure: ClusterError?
        var isFailureLasting = false
        var ending = Ending.open
        var isParked = false

        var isOpen: Bool {
            switch ending {
            case .open: true
            case .ending, .over: false
            }
        }

        /// The oldest batch, cut to `limit` records.
        mutating func take(_ limit: Int) -> FeedBatch? {
            guard let batch = batches.first else { return nil }
            guard batch.records.count > limit else { return batches.removeFirst() }
            let (first, rest) = batch.records.split(after: limit)
            batches[0] = FeedBatch(records: rest)
            return FeedBatch(changes: batch.changes, records: first)
        }
    }

    private static let depth = 2

    private let state = Mutex(State())
    private let bell = Doorbell()

    /// Starts the end: later calls fail, a waiting one now; returns whether this was the first call.
    ///
    /// `listener` is told when ``finish()`` has been called.
    func end(telling listener: OneShot<Void>?, _ closed: ClusterError) -> Bool {
        let (isFirst, isOver, waiter) = state.withLock { state -> (Bool, Bool, Waiter?) in
            switch state.ending {
            case .open:
                state.ending = .ending(waiting: listener.map { [$0] } ?? [])
            case .ending(let waiting):
                state.ending = .ending(waiting: waiting + (listener.map { [$0] } ?? []))
                return (false, false, nil)
            case .over:
                return (false, true, nil)
            }
            defer { (state.waiter, state.batches) = (nil, []) }
            return (true, false, state.waiter)
        }
        waiter?.reply.resolve(.failure(closed))
        if isOver { listener?.resolve(.success(())) }
        bell.ring()
        return isFirst
    }

    /// The thread's last word: everything is freed.
    func finish(_ closed: ClusterError) {
        let (listeners, orders) = state.withLock { state -> ([OneShot<Void>], [Order]) in
            defer { (state.ending, state.orders) = (.over, []) }
            if case .ending(let waiting) = state.ending { return (waiting, state.orders) }
            return ([], state.orders)
        }
        for order in orders { order.done.resolve(.failure(closed)) }
        for listener in listeners { listener.resolve(.success(())) }
    }
}

// MARK: - For tasks

extension FeedMailbox {
    /// The next batch, or an empty one after `timeout`; see ``OffsetsFeed/nextBatch(limit:within:)``.
    func next(
        limit: Int, within timeout: Duration, _ context: RequestContext
    ) async throws(ClusterError) -> FeedBatch {
        let limit = max(1, limit)
        let reply = OneShot<FeedBatch>()
        let (ready, rings) = state.withLock { state -> (Result<FeedBatch, ClusterError>?, Bool) in
            guard state.isOpen else { return (.failure(context.error(.closed)), false) }
            state.limit = limit
            if let batch = state.take(limit) {
                defer { state.isParked = false }
                return (.success(batch), state.isParked)
            }
            if let failure = state.failure {
                if !state.isFailureLasting { state.failure = nil }
                return (.failure(failure), false)
            }
            // One task at a time asks; whoever else waits has been given up.
            state.waiter?.reply.resolve(.success(FeedBatch()))
            state.waiter = Waiter(reply: reply, limit: limit, deadline: .now + timeout)
            return (nil, false)
        }
        if rings { bell.ring() }
        if let ready { return try ready.get() }
        return try await reply.value(orOnCancel: context.error(.cancelled))
    }

    /// Leaves an order for the thread; `nil` when the feed is closed.
    func order(_ command: Command) -> OneShot<Void>? {
        let done = OneShot<Void>()
        let (isTaken, rings) = state.withLock { state -> (Bool, Bool) in
            guard state.isOpen else { return (false, false) }
            state.orders.append(Order(command: command, done: done))
            defer { state.isParked = false }
            return (true, state.isParked)
        }
        if rings { bell.ring() }
        return isTaken ? done : nil
    }
}

// MARK: - For the thread

extension FeedMailbox {
    /// What is to be done now; answers a call that has waited long enough.
    func turn(at now: ContinuousClock.Instant) -> Turn {
        state.withLock { state in
            if let waiter = state.waiter, waiter.deadline <= now || !waiter.reply.isOpen {
                waiter.reply.resolve(.success(FeedBatch()))
                state.waiter = nil
            }
            defer { state.orders = [] }
            return Turn(
                orders: state.orders, isEnding: !state.isOpen, hasRoom: state.batches.count < Self.depth,
                limit: state.limit, deadline: state.waiter?.deadline)
        }
    }

    /// Hands a batch over, to who waits for it or to the next who asks.
    func put(_ batch: FeedBatch) {
        state.withLock { state in
            guard state.isOpen else { return }
            state.batches.append(batch)
            guard let waiter = state.waiter else { return }
            state.waiter = nil
            guard let first = state.take(waiter.limit) else { return }
            // A cancelled call takes nothing: the batch stays for the next one.
            if !waiter.reply.resolve(.success(first)) { state.batches.insert(first, at: 0) }
        }
    }

    /// Makes the next call fail, or all from now on; batches that are there come first.
    func fail(_ error: ClusterError, isLasting: Bool) {
        state.withLock { state in
            guard state.isOpen, !state.isFailureLasting else { return }
            (state.failure, state.isFailureLasting) = (error, isLasting)
            guard state.batches.isEmpty, let waiter = state.waiter else { return }
            state.waiter = nil
            if waiter.reply.resolve(.failure(error)), !isLasting { state.failure = nil }
        }
    }

    /// Takes everything about these partitions out of the batches that nobody has had yet.
    func discard(_ partitions: Set<PartitionID>) {
        state.withLock { state in
            for index in state.batches.indices {
                state.batches[index].records = state.batches[index].records.removing(partitions)
            }
        }
    }

    /// Waits until there is room, an order or the end, or some time has passed.
    func park(milliseconds: Int32) {
        let mustWait = state.withLock { state in
            state.isParked = state.isOpen && state.orders.isEmpty && state.batches.count >= Self.depth
            return state.isParked
        }
        if mustWait { _ = bell.wait(milliseconds: milliseconds) }
    }
}
