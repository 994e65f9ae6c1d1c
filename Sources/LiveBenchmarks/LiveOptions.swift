import LagwardenTestKit

/// What is to be measured, and how large; each field is an option of the command line.
struct LiveOptions {
    var topics = 100
    /// Of each topic.
    var partitions = 100
    var records = 3
    var groups = 200
    var topicsPerGroup = 5
    /// From the beginning of one round to the beginning of the next.
    var interval = Duration.seconds(2)
    /// Rounds in one measurement.
    var rounds = 8
    /// Rounds before a measurement, which find nothing to reuse.
    var warmUp = 3
    /// Measurements of each program; medians are reported.
    var tries = 5
    /// For how long groups, topics and members come and go; `nil` measures rounds instead.
    var soak: Duration?
    /// For how long the cluster only stands there, for a profiler or a debugger to be used on it.
    var hold: Duration?
    /// Small, once, and without a verdict on time: to see that everything works.
    var isQuick = false

    static let usage = """
        LiveBenchmarks: there are --quick, --topics=N, --partitions=N, --groups=N, --topics-per-group=N, \
        --rounds=N, --tries=N, --interval=SECONDS, --soak=SECONDS and \
        --hold=SECONDS
        """

    /// `nil` when the arguments make no sense.
    init?(_ arguments: some Sequence<String>) {
        let arguments = Array(arguments)
        // A soak is long in time instead of wide, wherever its options stand.
        if arguments.contains(where: { $0.hasPrefix("--soak=") }) {
            (topics, partitions, groups, topicsPerGroup) = (20, 20, 40, 4)
        }
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1)
            if argument == "--quick" {
                useSmallSizes()
                continue
            }
            guard parts.count == 2, let number = Int(parts[1]), number > 0, number <= 1_000_000 else {
                return nil
            }
            switch parts[0] {
            case "--topics": topics = number
            case "--partitions": partitions = number
            case "--groups": groups = number
            case "--topics-per-group": topicsPerGroup = number
            case "--rounds": rounds = number
            case "--tries": tries = number
            case "--interval": interval = .seconds(number)
            case "--soak": soak = .seconds(number)
            case "--hold": hold = .seconds(number)
            default: return nil
            }
        }
    }

    private mutating func useSmallSizes() {
        isQuick = true
        (topics, partitions, groups, topicsPerGroup) = (10, 20, 10, 3)
        (interval, rounds, warmUp, tries) = (.seconds(1), 3, 1, 1)
    }

    var fleet: StageFleet {
        StageFleet(
            topics: topics, partitions: partitions, records: records, groups: groups,
            topicsPerGroup: topicsPerGroup)
    }
}
