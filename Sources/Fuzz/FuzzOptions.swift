/// What the command line asks for.
struct FuzzOptions {
    var records = 10_000_000
    var seed: UInt64 = 1
    /// Number of the first record, to get again what a longer run met at it.
    var first = 0
    /// Folder with the records of real brokers.
    var corpus = "Tests/OffsetsTopicTests/Fixtures"

    /// Reads `--name=value` words; `nil` for what makes no sense.
    init?(_ arguments: some Sequence<String>) {
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            switch parts[0] {
            case "--records":
                guard let number = Int(parts[1]), (1...1_000_000_000_000).contains(number) else { return nil }
                records = number
            case "--seed":
                guard let number = UInt64(parts[1]) else { return nil }
                seed = number
            case "--first":
                guard let number = Int(parts[1]), (0...1_000_000_000_000).contains(number) else { return nil }
                first = number
            case "--corpus": corpus = parts[1]
            default: return nil
            }
        }
    }
}
