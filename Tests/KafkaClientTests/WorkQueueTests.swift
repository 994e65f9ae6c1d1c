import ClusterAccess
import Testing

@testable import KafkaClient

@Suite("Lanes of blocking calls")
struct WorkQueueTests {
    private static let one = WorkQueue.Lane.leader(BrokerID(1))
    private static let two = WorkQueue.Lane.leader(BrokerID(2))

    private func job() -> WorkQueue.Job {
        WorkQueue.Job(run: { .progress }, fail: { _ in }, isWanted: { true })
    }

    private func needsThread(_ submission: WorkQueue.Submission) -> Bool {
        switch submission {
        case .queued(let needsThread): needsThread
        case .refused: false
        }
    }

    private func lane(_ step: WorkQueue.Step) -> WorkQueue.Lane? {
        switch step {
        case .run(_, let lane): lane
        case .wait, .leave: nil
        }
    }

    @Test("a leader gets two threads and the others go on")
    func twoPerLeader() {
        var queue = WorkQueue(maximumThreads: 8)
        var started = 0
        for _ in 0..<5 where needsThread(queue.submit(job(), lane: Self.one)) { started += 1 }
        #expect(started == 2)
        #expect(lane(queue.next()) == Self.one)
        #expect(lane(queue.next()) == Self.one)
        #expect(needsThread(queue.submit(job(), lane: Self.two)))
        #expect(lane(queue.next()) == Self.two)
        #expect(lane(queue.next()) == nil)
    }

    @Test("a time-out fails what waits in its lane only, and the lane then gets one thread")
    func stallCostsItsLane() {
        var queue = WorkQueue(maximumThreads: 8)
        for _ in 0..<5 { _ = queue.submit(job(), lane: Self.one) }
        for _ in 0..<3 { _ = queue.submit(job(), lane: Self.two) }
        #expect(lane(queue.next()) == Self.one)
        let (failed, _) = queue.finished(lane: Self.one, .stalled)
        #expect(failed.count == 4)
        for _ in 0..<3 { _ = queue.submit(job(), lane: Self.one) }
        var served: [WorkQueue.Lane] = []
        while let lane = lane(queue.next()) { served.append(lane) }
        #expect(served.filter { $0 == Self.one }.count == 1)
        #expect(served.filter { $0 == Self.two }.count == 2)
        _ = queue.finished(lane: Self.one, .progress)
        served = []
        while let lane = lane(queue.next()) { served.append(lane) }
        #expect(served == [Self.one, Self.one])
    }

    @Test("metadata finds a thread while leaders hold all of theirs")
    func metadataIsNotHeldUp() {
        var queue = WorkQueue(maximumThreads: 6)
        for broker in 1...6 {
            for _ in 0..<4 { _ = queue.submit(job(), lane: .leader(BrokerID(Int32(broker)))) }
        }
        #expect(queue.threads == 4)
        var running = 0
        while lane(queue.next()) != nil { running += 1 }
        #expect(running == 4)
        #expect(needsThread(queue.submit(job(), lane: .metadata)))
        #expect(lane(queue.next()) == .metadata)
    }

    @Test("stopping drops what waits and refuses what comes")
    func stopping() {
        var queue = WorkQueue(maximumThreads: 4)
        for _ in 0..<3 { _ = queue.submit(job(), lane: Self.one) }
        #expect(queue.threads == 2)
        let (dropped, threads) = queue.stop()
        #expect(dropped.count == 3)
        #expect(threads == 2)
        if case .queued = queue.submit(job(), lane: Self.one) { Issue.record("taken after the end") }
        if case .leave = queue.next() {} else { Issue.record("did not leave") }
        if case .leave = queue.next() {} else { Issue.record("did not leave") }
        #expect(queue.threads == 0)
    }

    @Test("every job of a pool runs or fails, whatever the order of stop and work")
    func poolLosesNothing() async {
        let pool = WorkerPool(maximumThreads: 6)
        let (ran, failed) = (Counter(), Counter())
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<400 {
                if number == 300 { tasks.addTask { pool.stop() } }
                tasks.addTask {
                    let done = OneShot<Bool>()
                    pool.submit(
                        WorkQueue.Job(
                            run: {
                                done.resolve(.success(true))
                                return number.isMultiple(of: 7) ? .stalled : .progress
                            }, fail: { _ in done.resolve(.success(false)) }, isWanted: { true }),
                        lane: .leader(BrokerID(Int32(number % 5))))
                    let didRun = try? await done.value(
                        orOnCancel: ClusterError(.cancelled, operation: "test"))
                    (didRun == true ? ran : failed).add()
                }
            }
        }
        #expect(ran.value + failed.value == 400)
    }
}
