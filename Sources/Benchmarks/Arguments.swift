import LoadHarness

/// What the command line asks for.
enum Arguments {
    /// Benchmarks of single parts, all or some by name.
    case parts(isQuick: Bool, names: [String])
    /// The exporter on a scripted cluster.
    case load(LoadRun)
    /// Thousands of rounds of it.
    case soak(SoakRun)
    /// A judgement of lines that were printed before.
    case judge(Judge)
    /// What is wrong with the command line.
    case senseless(String)

    static let options = [
        "--quick", "--only=NAME", "--load=SHAPE:CHURN[:SOURCE]", "--rounds=ROUNDS", "--warm-up=ROUNDS",
        "--series=LIMIT", "--without-ages", "--without-scrapes", "--beside-full", "--soak=ROUNDS",
        "--leak=BYTES", "--trace", "--judge=FILE", "--baseline=FILE", "--write-baseline",
    ]

    init(_ arguments: [String]) {
        var values: [String: [String]] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let option = Self.options.first(where: { $0.prefix { $0 != "=" } == parts[0] }),
                option.contains("=") == (parts.count == 2)
            else {
                self = .senseless(
                    "unknown argument \(argument); there are \(Self.options.joined(separator: ", "))")
                return
            }
            values[String(parts[0]), default: []].append(parts.count == 2 ? String(parts[1]) : "")
        }
        let isQuick = values["--quick"] != nil
        if let text = values["--load"]?.last {
            guard var run = LoadRun(text, isQuick: isQuick) else {
                self = .senseless(Self.loadAdvice(text))
                return
            }
            run.findsAges = values["--without-ages"] == nil
            run.isScraped = values["--without-scrapes"] == nil
            if values["--beside-full"] != nil { run.compareWithFullRounds() }
            if let rounds = values["--warm-up"]?.last {
                guard let count = Int(rounds), (0...100_000).contains(count) else {
                    self = .senseless("--warm-up is the number of rounds before those that --load measures")
                    return
                }
                run.warmUpRounds = count
            }
            if let rounds = values["--rounds"]?.last {
                guard let count = Int(rounds), (1...100_000).contains(count) else {
                    self = .senseless("--rounds is the number of rounds that --load measures")
                    return
                }
                run.rounds = count
            }
            if let series = values["--series"]?.last {
                guard let limit = Int(series), limit >= 1 else {
                    self = .senseless("--series is the most series that a cluster may have, at least 1")
                    return
                }
                run.seriesLimit = limit
            }
            self = .load(run)
        } else if let text = values["--soak"]?.last {
            let leak = values["--leak"]?.last.map { Int($0) ?? -1 } ?? 0
            guard let rounds = Int(text), rounds > 0, rounds <= 1_000_000, leak >= 0 else {
                self = .senseless("--soak is a number of rounds, --leak of bytes that each round holds")
                return
            }
            self = .soak(SoakRun(rounds: rounds, leak: leak, isTraced: values["--trace"] != nil))
        } else if let lines = values["--judge"]?.last {
            guard let baseline = values["--baseline"]?.last else {
                self = .senseless("--judge needs --baseline=FILE")
                return
            }
            self = .judge(
                Judge(
                    linesFile: lines, baselineFile: baseline,
                    writesBaseline: values["--write-baseline"] != nil))
        } else {
            self = .parts(isQuick: isQuick, names: values["--only"] ?? [])
        }
    }

    private static func loadAdvice(_ text: String) -> String {
        let shapes = LoadShape.all().map(\.name).joined(separator: ", ")
        return "--load=\(text) makes no sense: it is SHAPE:CHURN or SHAPE:CHURN:SOURCE with a shape of "
            + "\(shapes), a churn of 0 to 100 (percent of the topics that get records in a round) "
            + "and a source of admin, "
            + "offsets-topic, hybrid"
    }
}
