import ClusterAccess
import Locking

/// What passes between tasks that want records and the thread that reads them.
final class SamplerMailbox: Sendable {
    struct Job: Sendable {
        var requests: [SampleRequest]
        var deadline: ContinuousClock.Instant
        var reply: OneShot<[SampleReply]>
    }

    private struct State {
        var jobs: [Job] = []
        var isOpen = true
        var isOver = false
        var listeners: [OneShot<Void>] = []
    }

    private let state = Mutex(State())
    private let bell = Doorbell()

    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Hands a job to the thread; returns whether it will be looked at.
    func submit(_ job: Job) -> Bool {
        let isTaken = state.withLock { state in
            if state.isOpen { state.jobs.append(job) }
            return state.isOpen
        }
        if isTaken { bell.ring() }
        return isTaken
    }

    /// The oldest job that somebody still waits for, after waiting for one on the calling thread.
    func take(milliseconds: Int32) -> Job? {
        if let job = next() { return job }
        guard isOpen else { return nil }
        _ = bell.wait(milliseconds: milliseconds)
        return next()
    }

    private func next() -> Job? {
        state.withLock { state in
            while state.isOpen, !state.jobs.isEmpty {
                let job = state.jobs.removeFirst()
                if job.reply.isOpen { return job }
            }
            return nil
        }
    }

    /// Refuses further jobs and ends those that wait; `listener` is told when ``finish()`` has been called.
    func end(telling listener: OneShot<Void>?, _ closed: ClusterError) {
        let (jobs, isOver) = state.withLock { state -> ([Job], Bool) in
            defer { state.jobs = [] }
            state.isOpen = false
            if let listener { state.listeners.append(listener) }
            return (state.jobs, state.isOver)
        }
        for job in jobs { job.reply.resolve(.failure(closed)) }
        if isOver { listener?.resolve(.success(())) }
        bell.ring()
    }

    /// Tells who waits that all is freed, or that the thread is left behind.
    func finish() {
        let listeners = state.withLock { state -> [OneShot<Void>] in
            defer { state.listeners = [] }
            state.isOver = true
            return state.listeners
        }
        for listener in listeners { listener.resolve(.success(())) }
    }
}
