import ClusterAccess
import Locking

/// A bounded number of threads for the calls of librdkafka that block.
///
/// Work is queued in lanes, one for each leader and one for metadata. A lane runs on two threads at most, on
/// one after a time-out, and a time-out fails what the lane still has queued: a stalled broker costs its own
/// slice and never holds up the others. Threads start when needed and end with ``stop()``.
final class WorkerPool: Sendable {
    private let doorbell = Doorbell()
    private let queue: Mutex<WorkQueue>

    init(maximumThreads: Int) {
        queue = Mutex(WorkQueue(maximumThreads: maximumThreads))
    }

    /// Queues a job; one that comes after ``stop()`` fails at once.
    func submit(_ job: WorkQueue.Job, lane: WorkQueue.Lane) {
        let action = queue.withLock { $0.submit(job, lane: lane) }
        switch action {
        case .refused:
            job.fail(.closed)
        case .queued(let needsThread):
            if needsThread { startThread() }
            doorbell.ring()
        }
    }

    /// Fails everything queued and lets every thread end once its present call returns.
    func stop() {
        let (dropped, threads) = queue.withLock { $0.stop() }
        for job in dropped { job.fail(.closed) }
        doorbell.ring(UInt64(threads) + 1)
    }

    /// Threads that still run; 0 some time after ``stop()``.
    var threadCount: Int { queue.withLock { $0.threads } }

    private func startThread() {
        if let thread = NativeThread(named: "kafka-worker", { self.work() }) {
            // Nobody joins: ``threadCount`` says when the last one has left librdkafka for good.
            thread.detach()
        } else {
            for job in queue.withLock({ $0.threadFailed() }) { job.fail(.other) }
        }
    }

    /// Body of one thread.
    private func work() {
        while true {
            let step = queue.withLock { $0.next() }
            switch step {
            case .leave:
                return
            case .wait:
                _ = doorbell.wait(milliseconds: 1_000)
            case .run(let job, let lane):
                let outcome = job.isWanted() ? job.run() : .progress
                let (failed, runnable) = queue.withLock { $0.finished(lane: lane, outcome) }
                for job in failed { job.fail(.timedOut) }
                if runnable > 0 { doorbell.ring(UInt64(runnable)) }
            }
        }
    }
}

/// What is queued and running in a ``WorkerPool``: a value type that returns what is to be done.
struct WorkQueue {
    /// Whose calls wait behind each other.
    enum Lane: Hashable, Sendable {
        case metadata
        case leader(BrokerID)
        /// Anything that must not wait behind a broker, such as making a handle.
        case upkeep
    }

    /// How a call that blocked ended, as far as the lane behind it is concerned.
    enum Outcome: Sendable { case progress, stalled }

    /// A blocking call; `run` or `fail` is called once, on a worker or on the submitting thread.
    struct Job: Sendable {
        var run: @Sendable () -> Outcome
        var fail: @Sendable (ClusterError.Reason) -> Void
        /// Whether somebody still waits for the result.
        var isWanted: @Sendable () -> Bool
    }

    enum Submission { case refused, queued(needsThread: Bool) }

    enum Step { case run(Job, Lane), wait, leave }

    private struct LaneState {
        var waiting: [Job] = []
        var running = 0
        var limit = 2
    }

    private let maximumThreads: Int
    private var lanes: [Lane: LaneState] = [:]
    /// Lanes with something queued, in the order in which they are served.
    private var turn: [Lane] = []
    private var idle = 0
    private var isStopped = false
    /// Threads that were started and have not left.
    private(set) var threads = 0

    init(maximumThreads: Int) { self.maximumThreads = maximumThreads }

    mutating func submit(_ job: Job, lane: Lane) -> Submission {
        guard !isStopped else { return .refused }
        lanes[lane, default: LaneState()].waiting.append(job)
        if !turn.contains(lane) { turn.append(lane) }
        let runnable = turn.reduce(0) { $0 + runnableCount($1) }
        guard runnable > idle, threads < allowedThreads(for: lane) else { return .queued(needsThread: false) }
        threads += 1
        idle += 1
        return .queued(needsThread: true)
    }

    /// The next thing to do for a thread that has nothing; it counts as idle until it gets a job.
    mutating func next() -> Step {
        if isStopped {
            threads -= 1
            return .leave
        }
        for (position, lane) in turn.enumerated() where mayRun(lane) {
            guard var state = lanes[lane], !state.waiting.isEmpty else { continue }
            let job = state.waiting.removeFirst()
            state.running += 1
            lanes[lane] = state
            turn.remove(at: position)
            if !state.waiting.isEmpty { turn.append(lane) }
            idle -= 1
            return .run(job, lane)
        }
        return .wait
    }

    /// Books the end of a job; returns jobs that fail with it and how many may run now.
    mutating func finished(lane: Lane, _ outcome: Outcome) -> (failed: [Job], runnable: Int) {
        idle += 1
        guard var state = lanes[lane] else { return ([], 0) }
        state.running -= 1
        var failed: [Job] = []
        switch outcome {
        case .progress:
            state.limit = 2
        case .stalled:
            state.limit = 1
            swap(&failed, &state.waiting)
            turn.removeAll { $0 == lane }
        }
        // A stalled lane is remembered, so that its next calls take one thread only.
        lanes[lane] = state.running == 0 && state.waiting.isEmpty && state.limit == 2 ? nil : state
        return (failed, turn.reduce(0) { $0 + runnableCount($1) })
    }

    /// Books that a promised thread could not be started; returns what can then never run.
    mutating func threadFailed() -> [Job] {
        threads -= 1
        idle -= 1
        guard threads == 0 else { return [] }
        return takeAll()
    }

    /// Refuses later jobs; returns those that never ran and the number of threads to wake.
    mutating func stop() -> (dropped: [Job], threads: Int) {
        isStopped = true
        return (takeAll(), threads)
    }

    private mutating func takeAll() -> [Job] {
        let all = turn.flatMap { lanes[$0]?.waiting ?? [] }
        for lane in turn { lanes[lane]?.waiting = [] }
        turn = []
        return all
    }

    /// Two threads are kept for what is not bound to a leader.
    private func allowedThreads(for lane: Lane) -> Int {
        switch lane {
        case .metadata, .upkeep: maximumThreads
        case .leader: maximumThreads - 2
        }
    }

    private func mayRun(_ lane: Lane) -> Bool {
        guard let state = lanes[lane], state.running < state.limit else { return false }
        switch lane {
        case .metadata, .upkeep: return true
        case .leader: return leadersRunning < maximumThreads - 2
        }
    }

    private var leadersRunning: Int {
        lanes.reduce(0) { sum, entry in
            switch entry.key {
            case .leader: sum + entry.value.running
            case .metadata, .upkeep: sum
            }
        }
    }

    private func runnableCount(_ lane: Lane) -> Int {
        guard let state = lanes[lane] else { return 0 }
        return min(max(state.limit - state.running, 0), state.waiting.count)
    }
}
