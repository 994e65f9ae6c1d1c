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
}
