import CMalloc
import Glibc

/// How much freed memory the C library's allocator keeps for the process.
///
/// By default it makes an arena for every thread, up to eight for each core, and each keeps what the most
/// expensive round or body ever took there: the size from which blocks go back at once grows with the blocks
/// that were freed, up to 32 MiB. So a process grows until every thread has done the most expensive work
/// once. Source: mallopt(3).
package enum AllocatorSettings {
    private struct Setting {
        var parameter: Int32
        var value: Int32
        /// Its names in the environment; the second is one of those in `GLIBC_TUNABLES`.
        var variable: String
        var tunable: String
    }

    private static let settings = [
        // Enough that threads of librdkafka, of rounds and of the server seldom wait for each other, and few
        // enough that what one frees serves the next.
        Setting(
            parameter: M_ARENA_MAX, value: 4, variable: "MALLOC_ARENA_MAX", tunable: "arena_max"),
        // Blocks beyond this are mapped one by one, and unmapped when they are freed.
        Setting(
            parameter: M_MMAP_THRESHOLD, value: 256 << 10, variable: "MALLOC_MMAP_THRESHOLD_",
            tunable: "mmap_threshold"),
        // What is free at the end of an arena beyond this goes back.
        Setting(
            parameter: M_TRIM_THRESHOLD, value: 128 << 10, variable: "MALLOC_TRIM_THRESHOLD_",
            tunable: "trim_threshold"),
    ]

    /// Sets them for this process; to be called before it starts threads.
    ///
    /// A setting that the environment makes stays. Returns false where the C library refuses one.
    @discardableResult
    package static func apply() -> Bool {
        var isAccepted = true
        for setting in settings where !isMade(setting, by: value(ofVariable:)) {
            isAccepted = mallopt(setting.parameter, setting.value) == 1 && isAccepted
        }
        return isAccepted
    }

    /// Gives whole pages that are free back to the system, wherever in an arena they are.
    ///
    /// Any thread may call it; others wait for an arena meanwhile, some milliseconds where hundreds of
    /// megabytes are in use. Source: malloc_trim(3). Returns what it took of a processor.
    static func giveBack() -> Duration {
        let before = ProcessorTime.ofThread()
        _ = setUp
        _ = malloc_trim(0)
        return ProcessorTime.ofThread() - before
    }

    /// Lets the C library set its allocator up, on one thread while others wait.
    ///
    /// WHY: its first call does so without a lock. Elsewhere that was before there were threads; where
    /// another allocator stands in for it, as a sanitizer's does, two first calls at a time read a null
    /// pointer (glibc 2.36, `ptmalloc_init`).
    private static let setUp: Void = { _ = malloc_trim(0) }()

    /// Tunables that the environment leaves to ``apply()``.
    static func left(by variables: (String) -> String?) -> [String] {
        settings.filter { !isMade($0, by: variables) }.map(\.tunable)
    }

    private static func isMade(_ setting: Setting, by variables: (String) -> String?) -> Bool {
        let tunables = variables("GLIBC_TUNABLES")?.split(separator: ":") ?? []
        return variables(setting.variable) != nil
            || tunables.contains { $0.hasPrefix("glibc.malloc.\(setting.tunable)=") }
    }

    private static func value(ofVariable name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
