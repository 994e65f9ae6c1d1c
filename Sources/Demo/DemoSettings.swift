package import Service

/// What `lagwarden demo` is told.
package struct DemoSettings: Sendable {
    package var playground: Playground
    package var prometheus: PrometheusChoice
    /// Ends the demo by itself; `nil` plays until the task is cancelled.
    package var duration: Duration?
    package var exporter: Exporter.Options
    /// Time from round to round.
    package var interval: Duration
    /// Time between two tables of groups.
    package var tableInterval: Duration

    package init(
        playground: Playground, prometheus: PrometheusChoice, duration: Duration? = nil,
        exporter: Exporter.Options, interval: Duration = .seconds(2),
        tableInterval: Duration = .seconds(10)
    ) {
        self.playground = playground
        self.prometheus = prometheus
        self.duration = duration
        self.exporter = exporter
        self.interval = interval
        self.tableInterval = tableInterval
    }

    /// Where the cast plays.
    package enum Playground: Hashable, Sendable {
        /// librdkafka's mock brokers in this process.
        case embedded
        /// A throw-away broker of the Kafka in this folder.
        case launched(kafkaHome: String)
        /// Somebody's cluster, by its bootstrap list.
        case existing(brokers: String)

        /// What the user asked for: brokers win over `KAFKA_HOME`, and without both nothing is needed.
        package init(brokers: [String], environment: [String: String]) {
            if !brokers.isEmpty {
                self = .existing(brokers: brokers.joined(separator: ","))
            } else if let home = environment["KAFKA_HOME"], !home.isEmpty {
                self = .launched(kafkaHome: home)
            } else {
                self = .embedded
            }
        }
    }

    /// Which Prometheus is started beside the exporter.
    package enum PrometheusChoice: Hashable, Sendable {
        /// One found in `PATH`, if there is one.
        case auto
        case off
        case path(String)
    }
}

/// Why the demo could not begin or go on, as one sentence for a person.
package struct DemoFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
