import ClusterAccess
import StructuredLog
import Testing

@testable import Configuration

/// Flags over environment over file over defaults, and secrets from where they are kept.
@Suite struct LoadingTests {
    @Test func oneFlagIsEnough() throws {
        let settings = try load(["--kafka.brokers=localhost:9092"])
        var expected = Settings()
        var cluster = ClusterSettings()
        cluster.brokers = ["localhost:9092"]
        expected.clusters = [cluster]
        #expect(settings == expected)
    }

    @Test func oneVariableIsEnough() throws {
        let settings = try load([], environment: ["LAGWARDEN_KAFKA_BROKERS": "a:1,[::1]:2"])
        #expect(settings.clusters.map(\.brokers) == [["a:1", "[::1]:2"]])
    }

    @Test func laterSourcesWin() throws {
        let file = withCluster("poll: {interval: 2s, jitter: 0.3}\nlog: {level: error, format: json}")
        let settings = try load(
            ["--config.file=f", "--poll.interval=4s", "--cluster.name", "prod"],
            environment: ["LAGWARDEN_POLL_INTERVAL": "3s", "LAGWARDEN_LOG_LEVEL": "debug"], files: ["f": file]
        )
        #expect(settings.poll.interval == .seconds(4))
        #expect(settings.poll.staleAfter == .seconds(12))
        #expect(settings.poll.idleInterval == .seconds(24))
        #expect(settings.poll.jitter == 0.3)
        #expect(settings.log.level == .debug)
        #expect(settings.log.format == .json)
        #expect(settings.clusters[0].name == "prod")
        #expect(settings.clusters[0].brokers == ["a:9092"])
    }

    @Test func theFileMayBeNamedByAVariable() throws {
        let files = ["f": withCluster("granularity: partition"), "g": withCluster("granularity: group")]
        let fromVariable = try load([], environment: ["LAGWARDEN_CONFIG_FILE": "g"], files: files)
        #expect(fromVariable.granularity.standard == .group)
        let fromFlag = try load(
            ["--config.file=f"], environment: ["LAGWARDEN_CONFIG_FILE": "g"], files: files)
        #expect(fromFlag.granularity.standard == .partition)
    }

    /// Every override reaches its key, by flag and by variable.
    @Test(arguments: Override.all)
    func everyOverrideArrives(_ override: Override) throws {
        let samples: [String: String] = [
            "kafka.brokers": "b:1", "kafka.property": "ssl.ca.location=/ca",
            "kafka.property-file": "sasl.password=p",
            "cluster.name": "other", "source": "admin", "sharding.enabled": "true",
            "sharding.group": "g", "sharding.instance-id": "i", "poll.interval": "7s",
            "groups.include": "/a{1,2}/",
            "groups.exclude": "b", "topics.include": "c", "topics.exclude": "/d/", "granularity": "group",
            "web.listen-address": "[::1]:1", "log.level": "debug", "log.format": "json",
        ]
        let sample = try #require(samples[override.flag])
        let file = ["f": withCluster(""), "p": "x"]
        let before = try load(["--config.file=f"], files: file)
        let after = try load(["--config.file=f", "--\(override.flag)", sample], files: file)
        #expect(after != before)
        if let variable = override.environment {
            let byVariable = try load(["--config.file=f"], environment: [variable: sample], files: file)
            #expect(byVariable == after)
            let byEmptyVariable = try load(["--config.file=f"], environment: [variable: ""], files: file)
            #expect(byEmptyVariable == before)
            let failure = try loadFailure(["--config.file=f"], environment: [variable: ",\n"], files: file)
            #expect(failure.exitCode == .configuration)
            #expect(failure.problems.allSatisfy { $0.origin == .environment(variable) })
        }
        let failure = try #require(throws: (any Error).self) {
            try load(["--config.file=f", "--\(override.flag)", "\n"], files: file)
        }
        #expect((failure as? ConfigurationFailure)?.exitCode ?? .usage == .usage)
    }

    @Test func patternsRepeatAsFlagsAndSplitAsVariables() throws {
        let flags = try load(["--kafka.brokers=a:1", "--groups.include=a,b", "--groups.include=/c,d/"])
        #expect(flags.groups.include.map(\.source) == ["a,b", "/c,d/"])
        let variable = try load(
            ["--kafka.brokers=a:1"], environment: ["LAGWARDEN_GROUPS_INCLUDE": "a,/c{1,2}/,b,/x,y\\/,z/"])
        #expect(variable.groups.include.map(\.source) == ["a", "/c{1,2}/", "b", "/x,y\\/,z/"])
    }

    @Test func flagsAboutTheClusterNeedOneClusterAtMost() throws {
        let file = "clusters: [{name: a, brokers: [a:1]}, {name: b, brokers: [b:1]}]"
        let failure = try loadFailure(["--config.file=f", "--kafka.brokers=c:1"], files: ["f": file])
        #expect(failure.problems.count == 1)
        #expect(failure.description.hasPrefix("--kafka.brokers: there are 2 clusters in the file"))
        #expect(failure.exitCode == .usage)
    }

    @Test func aFileThatCannotBeReadIsAConfigurationProblem() throws {
        let failure = try loadFailure(["--config.file=/missing"])
        #expect(failure.exitCode == .configuration)
        #expect(
            failure.description.contains(
                "the file \"/missing\" given by --config.file cannot be read: No such file or directory"))
    }

    @Test func allSourcesReportTogether() throws {
        let failure = try loadFailure(
            ["--config.file=f", "--log.level=loud"], environment: ["LAGWARDEN_POLL_INTERVAL": "0s"],
            files: ["f": withCluster("web: {port: 1}")])
        #expect(
            failure.problems.map(\.origin.description) == ["f:2:7", "LAGWARDEN_POLL_INTERVAL", "--log.level"])
        #expect(failure.exitCode == .configuration)
    }

    @Test func wrongFlagValuesAloneAreUsage() throws {
        #expect(try loadFailure(["--kafka.brokers=a:1", "--poll.interval=x"]).exitCode == .usage)
        let sharded = ["--kafka.brokers=a:1", "--source=admin", "--sharding.enabled=true"]
        #expect(try loadFailure(sharded).exitCode == .usage)
        #expect(try loadFailure(sharded).description.hasPrefix("--sharding.enabled: sharding.enabled: "))
        #expect(try loadFailure([]).exitCode == .configuration)
    }

    @Test(arguments: [
        ("LAGWARDEN_LOG_LVL", "x", "did you mean LAGWARDEN_LOG_LEVEL?"),
        ("LAGWARDEN_PASSWORD", "x", "unknown variable;"),
        ("LAGWARDEN_WEB_PORT", "9876", "unknown variable"),
        ("LAGWARDEN_TCP", "x", "unknown variable"),
    ])
    func unknownVariablesAreErrors(_ name: String, _ value: String, _ words: String) throws {
        let failure = try loadFailure(["--kafka.brokers=a:1"], environment: [name: value])
        #expect(failure.description.hasPrefix("\(name): unknown variable"))
        #expect(failure.description.contains(words))
        #expect(failure.exitCode == .configuration)
    }

    @Test(arguments: [
        "LAGWARDEN_SERVICE_HOST", "LAGWARDEN_SERVICE_PORT", "LAGWARDEN_SERVICE_PORT_HTTP", "LAGWARDEN_PORT",
        "LAGWARDEN_PORT_9876_TCP", "LAGWARDEN_PORT_9876_TCP_ADDR", "LAGWARDEN_METRICS_PORT",
        "LAGWARDEN_METRICS_PORT_80_UDP_PROTO", "OTHER", "lagwarden_x",
    ])
    func variablesOfKubernetesAreIgnored(_ name: String) throws {
        let settings = try load(["--kafka.brokers=a:1"], environment: [name: "tcp://10.0.0.1:9876"])
        let without = try load(["--kafka.brokers=a:1"])
        #expect(settings == without)
    }

    @Test func secretsComeFromFilesAndVariables() throws {
        let file = """
            clusters:
              - brokers: [a:1]
                properties: {security.protocol: SASL_SSL}
                properties_files: {sasl.password: /p}
                properties_environment: {ssl.key.password: LAGWARDEN_KEY}
            """
        let settings = try load(
            ["--config.file=f"], environment: ["LAGWARDEN_KEY": "k"], files: ["f": file, "/p": "hunter2\n"])
        let properties = settings.clusters[0].clientProperties.mapValues { $0.reveal() }
        #expect(
            properties == [
                "security.protocol": "SASL_SSL", "sasl.password": "hunter2", "ssl.key.password": "k",
            ])
        #expect(!settings.yaml.contains("hunter2"))
    }

    @Test(arguments: ["", "\n", "a\u{0}b"])
    func unusableSecretFilesAreProblems(_ content: String) throws {
        let arguments = ["--kafka.brokers=a:1", "--kafka.property-file=sasl.password=/p"]
        let failure = try loadFailure(arguments, files: ["/p": content])
        #expect(failure.description.contains("the file \"/p\""))
        #expect(try loadFailure(arguments).description.contains("cannot be read: No such file"))
    }

    @Test func aMissingVariableForASecretIsAProblem() throws {
        let file = "clusters:\n- brokers: [a:1]\n  properties_environment: {sasl.password: PW}"
        let failure = try loadFailure(["--config.file=f"], environment: ["PW": ""], files: ["f": file])
        #expect(
            failure.description
                == "f:3:43: clusters[0].properties_environment.sasl.password: "
                + "the environment variable PW is not set; "
                + "expected it to hold the value")
    }

    @Test func secretsAreRefusedOnTheCommandLine() throws {
        let failure = try loadFailure(["--kafka.brokers=a:1", "--kafka.property=sasl.password=hunter2"])
        #expect(failure.description.contains("--kafka.property-file=sasl.password="))
        #expect(!failure.description.contains("hunter2"))
    }

    @Test func propertyFlagsAddToTheFile() throws {
        let file = "clusters: [{brokers: [a:1], properties: {x: a, y: b}}]"
        let settings = try load(
            ["--config.file=f", "--kafka.property=y=c=d", "--kafka.property", "z=e"], files: ["f": file])
        #expect(
            settings.clusters[0].properties.mapValues { $0.reveal() } == ["x": "a", "y": "c=d", "z": "e"])
    }

    @Test func whatWasPrintedRedactedCanBeCheckedButNotRun() throws {
        let file = "clusters: [{brokers: [a:1], properties: {sasl.password: hunter2}}]"
        let printed = try load(["--config.file=f", "--config.print"], files: ["f": file]).yaml
        #expect(printed.contains("sasl.password: \"<redacted>\""))
        let checked = try load(["--config.file=f", "--config.check"], files: ["f": printed])
        #expect(checked.yaml == printed)
        #expect(try loadFailure(["--config.file=f"], files: ["f": printed]).problems.count == 1)
    }

    @Test func theDemoTakesNoClusterFromFileOrEnvironment() throws {
        let environment = [
            "LAGWARDEN_KAFKA_BROKERS": "production:1", "LAGWARDEN_CONFIG_FILE": "f",
            "LAGWARDEN_LOG_LEVEL": "debug",
        ]
        let settings = try load(["demo"], environment: environment)
        #expect(settings.clusters.isEmpty)
        #expect(settings.log.level == .debug)
        let real = try load(["demo", "--kafka.brokers=a:1"], environment: environment)
        #expect(real.clusters.map(\.brokers) == [["a:1"]])
    }

    @Test func everySourceIsAccepted() throws {
        #expect(try load(["--kafka.brokers=a:1"]).source == .hybrid)
        for source in CommitSource.allCases {
            #expect(
                try load(["--kafka.brokers=a:1", "--source=\(source.rawValue)"]).source == source)
        }
    }

    @Test(arguments: [CommitSource.hybrid, .offsetsTopic])
    func shardingIsForSourcesThatReadTheTopic(_ source: CommitSource) throws {
        let settings = try load(
            ["--config.file=f", "--sharding.instance-id=replica-2"],
            files: [
                "f": withCluster(
                    "source: \(source.rawValue)\n"
                        + "sharding: {enabled: true, instance_id: x, session_timeout: 6s}")
            ])
        #expect(settings.sharding.isEnabled)
        #expect(settings.sharding.group == "lagwarden-shards")
        #expect(settings.sharding.instanceID == "replica-2")
        #expect(settings.sharding.sessionTimeout == .seconds(6))
    }

    @Test func theCheckCountsClusters() throws {
        #expect(try parse(withCluster("")).checkReport == "configuration is valid: 1 cluster")
        let two = try parse("clusters: [{name: a, brokers: [a:1]}, {name: b, brokers: [b:1]}]")
        #expect(two.checkReport == "configuration is valid: 2 clusters")
    }
}
