import Glibc

/// Time of processors that was used, as the kernel books it: its clocks stand still while nobody works.
enum ProcessorTime {
    /// Of the calling thread.
    static func ofThread() -> Duration { read(CLOCK_THREAD_CPUTIME_ID) }

    /// Of all threads of the process.
    static func ofProcess() -> Duration { read(CLOCK_PROCESS_CPUTIME_ID) }

    /// Source: clock_gettime(2); it refuses none of these clocks.
    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
