import LagwardenTestKit
import Testing

@testable import Configuration

@Suite struct InvocationTests {
    struct Case: Sendable, CustomStringConvertible {
        var arguments: [String]
        var command: Invocation.Command

        var description: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Case(arguments: [], command: .serve(.run)),
        Case(arguments: ["serve"], command: .serve(.run)),
        Case(arguments: ["serve", "--config.check"], command: .serve(.checkConfiguration)),
        Case(arguments: ["--config.print"], command: .serve(.printConfiguration)),
        Case(arguments: ["demo"], command: .demo),
        Case(arguments: ["--help"], command: .help),
        Case(arguments: ["demo", "-h"], command: .help),
        Case(arguments: ["--nonsense", "--help"], command: .help),
        Case(arguments: ["--version"], command: .version),
        Case(arguments: ["notify", "test", "on-call"], command: .notifyTest(sink: "on-call")),
        Case(
            arguments: ["notify", "test", "on-call", "--config.file=f"],
            command: .notifyTest(sink: "on-call")),
        Case(arguments: ["healthcheck"], command: .healthCheck),
        Case(arguments: ["healthcheck", "--help"], command: .help),
    ])
    func understandsCommands(_ test: Case) throws {
        #expect(try Invocation.parse(test.arguments).command == test.command)
    }

    @Test func bothSpellingsOfAFlagAreTheSame() throws {
        let one = try Invocation.parse(["--kafka.brokers=a:1", "--config.file=f", "--log.level=debug"])
        let other = try Invocation.parse([
            "--log.level", "debug", "--config.file", "f", "--kafka.brokers", "a:1",
        ])
        #expect(one == other)
        #expect(one.file == "f")
    }

    @Test func aValueMayContainAnEqualsSignOrADash() throws {
        let invocation = try Invocation.parse(["--groups.include=a=b", "--groups.include", "-c"])
        #expect(invocation.overrides.map(\.values) == [["a=b", "-c"]])
    }

    @Test(arguments: [
        (["--poll.intervl=3s"], "unknown flag \"--poll.intervl\", did you mean --poll.interval?"),
        (["--interval=3s"], "unknown flag \"--interval\", did you mean --poll.interval?"),
        (
            ["--web.listen_address=:1"],
            "unknown flag \"--web.listen_address\", did you mean --web.listen-address?"
        ),
        (["-config.file=x"], "unknown flag \"-config.file\", did you mean --config.file?"),
        (["---help"], "unknown flag \"---help\", did you mean --help?"),
        (["--zzz=secret"], "unknown flag \"--zzz\"; lagwarden --help lists the flags"),
        (["--"], "unknown flag \"--\"; lagwarden --help lists the flags"),
        (["-"], "unexpected argument \"-\"; a command comes first and a value after its flag"),
        (["--poll.interval"], "--poll.interval needs a value; write --poll.interval=DURATION"),
        (["--config.file", "--config.check"], "--config.file needs a value; write --config.file=FILE"),
        (["--config.file="], "--config.file has an empty value; write --config.file=FILE"),
        (["--config.check=true"], "--config.check takes no value; write --config.check alone"),
        (["--config.check", "--config.print"], "--config.check and --config.print exclude each other"),
        (["--config.file=a", "--config.file=b"], "--config.file is given twice"),
        (
            ["sreve"],
            "\"sreve\" is not a command, did you mean serve?; "
                + "the commands are serve, demo, notify and healthcheck"
        ),
        (
            ["help"],
            "\"help\" is not a command, did you mean --help?; "
                + "the commands are serve, demo, notify and healthcheck"
        ),
        (
            ["--config.check", "serve"],
            "unexpected argument \"serve\"; a command comes first and a value after its flag"
        ),
        (["demo", "--source=admin"], "--source cannot be used with demo"),
        (["healthcheck", "--source=admin"], "--source cannot be used with healthcheck"),
        (["--ready"], "--ready cannot be used with serve"),
        (["notify"], "notify does one thing; write lagwarden notify test SINK"),
        (["notify", "test"], "notify does one thing; write lagwarden notify test SINK"),
        (["notify", "test", "--config.file=f"], "notify does one thing; write lagwarden notify test SINK"),
        (
            ["healthcheck", "--url=127.0.0.1:9876"],
            "--url: \"127.0.0.1:9876\" is not an address of HTTP; "
                + "for example --url=http://127.0.0.1:9876/-/healthy"
        ),
        (
            ["healthcheck", "--url=http://a/", "--ready"],
            "--url names its path itself; leave out --ready"
        ),
        (
            ["healthcheck", "--timeout=0s"],
            "--timeout: \"0s\" is not a duration; for example --timeout=3s"
        ),
        (["--demo.duration=5s"], "--demo.duration cannot be used with serve"),
        (
            ["demo", "--demo.duration=5"],
            "--demo.duration: \"5\" is not a duration; for example --demo.duration=5m"
        ),
        (
            ["--kafka.property=x"],
            "--kafka.property needs a name and a value; write --kafka.property=NAME=VALUE"
        ),
        (
            ["\u{1B}[31m"],
            "\"\\u{1b}[31m\" is not a command; the commands are serve, demo, notify and healthcheck"
        ),
    ])
    func refusesInOneSentence(_ arguments: [String], _ sentence: String) throws {
        let failure = try #require(throws: UsageFailure.self) { try Invocation.parse(arguments) }
        #expect(failure.description == sentence)
    }

    @Test func readsTheDemosOptions() throws {
        let invocation = try Invocation.parse([
            "demo", "--demo.duration=90s", "--demo.prometheus=/usr/bin/prometheus",
        ])
        #expect(invocation.demo.duration == .seconds(90))
        #expect(invocation.demo.prometheus == .path("/usr/bin/prometheus"))
        #expect(try Invocation.parse(["demo", "--demo.duration=0"]).demo == DemoOptions())
        #expect(try Invocation.parse(["demo", "--demo.prometheus=off"]).demo.prometheus == .off)
    }

    @Test func anyArgumentsAreUnderstoodOrRefused() {
        var random = SeededRandom(seed: 7)
        let words =
            Flag.all.flatMap { ["--\($0.name)", "--\($0.name)=x", $0.name] } + [
                "", "=", "--=", "-", "a b", "ü",
            ]
        for _ in 0..<5000 {
            let count = Int.random(in: 0...4, using: &random)
            let arguments = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
            _ = try? load(arguments)
        }
    }

    @Test func exitCodesStand() {
        #expect([ExitCode.success, .runtime, .usage, .configuration].map(\.rawValue) == [0, 1, 2, 3])
    }
}

@Suite struct HelpTextTests {
    @Test func isTidy() {
        let lines = HelpText.text.split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines {
            #expect(line.count <= 100, "\(line)")
            #expect(line.last != " ", "\(line)")
            #expect(line.allSatisfy { $0.isASCII }, "\(line)")
        }
        #expect(HelpText.text.hasSuffix("\n"))
    }

    @Test func namesEveryFlagVariableDefaultAndExitCode() {
        for flag in Flag.all {
            #expect(HelpText.text.contains("\n  \(flag.usage)"))
            if let variable = flag.environment { #expect(HelpText.text.contains(" \(variable)\n")) }
            if let standard = flag.standard { #expect(HelpText.text.contains("(default \(standard))")) }
        }
        #expect(Flag.named("poll.interval")?.standard == "10s")
        #expect(Flag.named("web.listen-address")?.standard == ":9876")
        #expect(Set(Flag.all.map(\.name)).count == Flag.all.count)
        for code in 0...3 { #expect(HelpText.text.contains("\n  \(code)  ")) }
    }

    /// The command lines of the examples are understood.
    @Test func examplesAreRight() throws {
        let examples = HelpText.text.split(separator: "\n").filter { $0.hasPrefix("  lagwarden --") }
        #expect(examples.count == 4)
        for example in examples {
            let words = example.replacing("'", with: "").split(separator: " ").dropFirst().map(String.init)
            _ = try load(words, files: ["/etc/lagwarden.yaml": withCluster("")])
        }
    }
}
