import Dispatch
import Locking
import Testing

@testable import Service

@Suite("Settings of the allocator")
struct AllocatorSettingsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var environment: [String: String]
        var left: [String]

        var testDescription: String { environment.description }
    }

    @Test(
        "The environment decides before the program",
        arguments: [
            Case(environment: [:], left: ["arena_max", "mmap_threshold", "trim_threshold"]),
            Case(environment: ["MALLOC_ARENA_MAX": "8"], left: ["mmap_threshold", "trim_threshold"]),
            Case(
                environment: ["GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"],
                left: ["arena_max", "mmap_threshold", "trim_threshold"]),
            Case(
                environment: ["GLIBC_TUNABLES": "glibc.malloc.trim_threshold=1:glibc.malloc.arena_max=4"],
                left: ["mmap_threshold"]),
            Case(environment: ["MALLOC_MMAP_THRESHOLD_": ""], left: ["arena_max", "trim_threshold"]),
        ])
    func environment(example: Case) {
        #expect(AllocatorSettings.left { example.environment[$0] } == example.left)
    }

    /// Where a sanitizer's allocator stands in for the C library's, nothing has set that up before the first
    /// of these calls; run alone, this was seen to end the process.
    @Test("Free memory is given back on two threads at a time, from the first call on")
    func givingBack() {
        let ready = Mutex(0)
        let costs = Mutex<[Duration]>([])
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            ready.withLock { $0 += 1 }
            let end = ContinuousClock.now + .seconds(1)
            while ready.withLock({ $0 < 2 }), ContinuousClock.now < end {}
            let cost = AllocatorSettings.giveBack()
            costs.withLock { $0.append(cost) }
        }
        #expect(costs.withLock(\.count) == 2)
        #expect(costs.withLock { $0.allSatisfy { $0 >= .zero } })
    }
}
