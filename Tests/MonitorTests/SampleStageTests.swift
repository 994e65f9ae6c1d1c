import ClusterAccess
import LagModel
import LagwardenTestKit
import Locking
import Monitor
import Testing

@Suite("Records read to learn their age")
struct SampleStageTests {
    /// Answers from a closure and remembers what it was asked.
    private final class ScriptedSampler: RecordSampler {
        private let answer: @Sendable (SampleRequest) -> SampleReply
        private let requests = Mutex<[SampleRequest]>([])

        init(_ answer: @escaping @Sendable (SampleRequest) -> SampleReply) { self.answer = answer }

        var asked: [SampleRequest] { requests.withLock { $0 } }

        func firstRecords(at requests: [SampleRequest]) async -> [SampleReply] {
            self.requests.withLock { $0 += requests }
            return requests.map(answer)
        }
    }

    private static func bench(
        _ sampler: ScriptedSampler, isWanted: Bool = true,
        change: (inout ScriptedCluster) -> Void = { _ in }
    ) -> MonitorBench {
        var cluster = LagAgeTests.cluster(partitions: 2)
        cluster.commit("g", "t", 0, 4_000)
        cluster.commit("g", "t", 1, 5_000)
        change(&cluster)
        return MonitorBench(
            cluster, secondsBefore: LagAgeTests.firstRound / 1000 - 10, sampler: sampler
        ) {
            $0.time = TimeSettings(sampling: isWanted ? SampleSettings() : nil)
        }
    }

    @Test("an age is that of the record, read once while the commit stands, and look-ups are not needed")
    func exact() async {
        let sampler = ScriptedSampler { request in
            .record(offset: request.offset, timestamp: LagAgeTests.firstRound - 777_000)
        }
        let bench = Self.bench(sampler)
        await bench.round()
        #expect(bench.group("g")?.lagAge == LagAge(age: .seconds(777)))
        await bench.round()
        #expect(bench.group("g")?.lagAge == LagAge(age: .seconds(787)))
        let wanted = SampleRequest(topic: "t", partition: PartitionID(0), offset: 4_000, end: 5_000)
        #expect(sampler.asked == [wanted])
        #expect(LagAgeTests.lookUps(bench) == 0)
        let snapshot = bench.store.view()[0].snapshot
        #expect(snapshot?.lagSamples?.outcomes == [.record: 1])
        #expect(snapshot?.timeLookups?.requests == 0)
    }

    @Test("lag of nothing but markers is none in seconds")
    func markers() async {
        let sampler = ScriptedSampler { _ in .nothing }
        let bench = Self.bench(sampler) { $0.commit("g", "t", 0, 4_999) }
        await bench.round()
        #expect(bench.group("g")?.lagAge == LagAge(age: .zero))
        #expect(bench.group("g")?.totals?.lag == 1)
        #expect(LagAgeTests.lookUps(bench) == 0)
    }

    @Test("what may not be read has its age from look-ups, and one line says so")
    func refused() async {
        let sampler = ScriptedSampler { _ in .failure(.init(.topicUnauthorized, operation: "read")) }
        let bench = Self.bench(sampler)
        for _ in 0..<3 { await bench.round() }
        #expect(LagAgeTests.lies(bench.group("g")?.lagAge, at: .seconds(1_020)))
        #expect(bench.log.count { $0.contains("may not be read") } == 1)
        #expect(bench.store.view()[0].snapshot?.lagSamples?.outcomes == [.failed(.topicUnauthorized): 3])
    }

    @Test("nothing is read where nobody has asked for it")
    func off() async {
        let sampler = ScriptedSampler { _ in .nothing }
        let bench = Self.bench(sampler, isWanted: false)
        await bench.round()
        #expect(sampler.asked.isEmpty)
        #expect(bench.store.view()[0].snapshot?.lagSamples == nil)
        #expect(LagAgeTests.lies(bench.group("g")?.lagAge, at: .seconds(1_000)))
    }
}
