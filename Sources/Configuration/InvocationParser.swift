extension Invocation {
    /// Reads the arguments that follow the program's name.
    package static func parse(_ arguments: [String]) throws(UsageFailure) -> Invocation {
        var parser = InvocationParser(arguments)
        return try parser.parse()
    }
}

/// The rules of the command line: a command first, then `--flag=value` or `--flag value`.
private struct InvocationParser {
    private var rest: ArraySlice<String>
    private var verb = Flag.Verb.serve
    /// What follows `notify test`.
    private var sink = ""
    private var values: [String: [String]] = [:]

    init(_ arguments: [String]) { rest = arguments[...] }

    mutating func parse() throws(UsageFailure) -> Invocation {
        if let help = readHelp() { return help }
        try readCommand()
        while let argument = rest.popFirst() { try readFlag(argument) }
        return try result()
    }

    /// `--help` and `--version` win over whatever else is given.
    private func readHelp() -> Invocation? {
        for argument in rest {
            switch argument {
            case "--help", "-h": return Invocation(.help)
            case "--version": return Invocation(.version)
            default: continue
            }
        }
        return nil
    }

    private mutating func readCommand() throws(UsageFailure) {
        guard let word = rest.first, !word.hasPrefix("-") else { return }
        rest.removeFirst()
        guard let verb = Flag.Verb(rawValue: word) else {
            let verbs = Flag.Verb.allCases.map(\.rawValue)
            let nearest = Suggestion.nearest(to: word, among: verbs + ["help", "version"])
            let meant = nearest.map { ["help", "version"].contains($0) ? "--\($0)" : $0 }
            throw UsageFailure(
                "\(Quotation.quote(word)) is not a command" + (meant.map { ", did you mean \($0)?" } ?? "")
                    + "; the commands are \(verbs.dropLast().joined(separator: ", ")) "
                    + "and \(verbs.last ?? "")")
        }
        self.verb = verb
        guard verb == .notify else { return }
        guard rest.popFirst() == "test", let sink = rest.popFirst(), !sink.hasPrefix("-") else {
            throw UsageFailure("notify does one thing; write lagwarden notify test SINK")
        }
        self.sink = sink
    }

    private mutating func readFlag(_ argument: String) throws(UsageFailure) {
        guard argument.hasPrefix("-"), argument.count > 1 else {
            throw UsageFailure(
                "unexpected argument \(Quotation.quote(argument)); "
                    + "a command comes first and a value after its flag"
            )
        }
        let body = argument.drop { $0 == "-" }
        let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts.first ?? "")
        guard argument.hasPrefix("--"), !argument.hasPrefix("---"), let flag = Flag.named(name) else {
            throw UsageFailure(unknownFlag(argument, name))
        }
        guard flag.serves(verb) else {
            throw UsageFailure("--\(name) cannot be used with \(verb.rawValue)")
        }
        guard flag.valueName != nil else {
            if parts.count == 2 { throw UsageFailure("--\(name) takes no value; write --\(name) alone") }
            return try add("true", to: flag)
        }
        if parts.count == 2 {
            try add(String(parts[1]), to: flag)
        } else if let value = rest.first, !value.hasPrefix("--") {
            rest.removeFirst()
            try add(value, to: flag)
        } else {
            throw UsageFailure("--\(name) needs a value; write \(flag.usage)")
        }
    }

    private mutating func add(_ value: String, to flag: Flag) throws(UsageFailure) {
        guard !value.isEmpty else {
            throw UsageFailure("--\(flag.name) has an empty value; write \(flag.usage)")
        }
        if values[flag.name] != nil, !flag.isRepeatable {
            throw UsageFailure("--\(flag.name) is given twice")
        }
        values[flag.name, default: []].append(value)
    }

    private func unknownFlag(_ argument: String, _ name: String) -> String {
        let written = Quotation.quote(String(argument.prefix { $0 != "=" }))
        let known = Flag.all.filter { $0.serves(verb) }.map(\.name)
        let spelling = name.replacing("_", with: "-")
        let last = known.filter { $0.split(separator: ".").last.map(String.init) == spelling }
        let nearest = last.count == 1 ? last[0] : Suggestion.nearest(to: spelling, among: known)
        let advice = nearest.map { ", did you mean --\($0)?" } ?? "; lagwarden --help lists the flags"
        return "unknown flag \(written)\(advice)"
    }

    private func result() throws(UsageFailure) -> Invocation {
        let isCheck = values["config.check"] != nil
        let isPrint = values["config.print"] != nil
        if isCheck, isPrint { throw UsageFailure("--config.check and --config.print exclude each other") }
        let action: Invocation.Action =
            isCheck ? .checkConfiguration : isPrint ? .printConfiguration : .run
        let command: Invocation.Command =
            switch verb {
            case .serve: .serve(action)
            case .demo: .demo
            case .notify: .notifyTest(sink: sink)
            case .healthCheck: .healthCheck
            }
        var invocation = Invocation(command)
        invocation.file = values["config.file"]?.last
        invocation.overrides = Override.all.compactMap { override in
            values[override.flag].map { Invocation.GivenFlag(override: override, values: $0) }
        }
        for pair in invocation.overrides where pair.override.kind == .pair {
            for value in pair.values where !value.contains("=") || value.hasPrefix("=") {
                throw UsageFailure(
                    "--\(pair.override.flag) needs a name and a value; "
                        + "write --\(pair.override.flag)=NAME=VALUE"
                )
            }
        }
        invocation.demo = try demoOptions()
        invocation.healthCheck = try healthCheckOptions()
        return invocation
    }

    private func healthCheckOptions() throws(UsageFailure) -> HealthCheckOptions {
        var options = HealthCheckOptions()
        options.asksReadiness = values["ready"] != nil
        if let url = values["url"]?.last {
            if options.asksReadiness { throw UsageFailure("--url names its path itself; leave out --ready") }
            guard (try? ValueFormat<String>.optionalURL(example: "").parse(url)) != nil else {
                throw UsageFailure(
                    "--url: \(Quotation.quote(url)) is not an address of HTTP; "
                        + "for example --url=http://127.0.0.1:9876/-/healthy")
            }
            options.url = url
        }
        if let text = values["timeout"]?.last {
            guard let timeout = DurationText.parse(text), timeout > .zero else {
                throw UsageFailure(
                    "--timeout: \(Quotation.quote(text)) is not a duration; for example --timeout=3s")
            }
            options.timeout = timeout
        }
        return options
    }

    private func demoOptions() throws(UsageFailure) -> DemoOptions {
        var options = DemoOptions()
        if let text = values["demo.duration"]?.last {
            guard let duration = text == "0" ? .zero : DurationText.parse(text) else {
                throw UsageFailure(
                    "--demo.duration: \(Quotation.quote(text)) is not a duration; "
                        + "for example --demo.duration=5m"
                )
            }
            options.duration = duration == .zero ? nil : duration
        }
        if let text = values["demo.prometheus"]?.last {
            options.prometheus = text == "auto" ? .auto : text == "off" ? .off : .path(text)
        }
        return options
    }
}
