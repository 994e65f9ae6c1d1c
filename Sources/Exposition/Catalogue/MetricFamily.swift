/// One metric family: everything that is fixed about it, before any sample.
///
/// Nothing is exposed without going through a value of this type in ``Catalogue``; `docs/metrics.md` is made
/// of the same values.
package struct MetricFamily: Sendable {
    /// Name as samples carry it: counters end in `_total`, in both formats.
    package let name: String
    package let kind: Kind
    package let unit: Unit
    /// Label names in the order in which they are written; constant labels of the cluster follow.
    package let labels: [String]
    /// Coarsest granularity at which the family is still exported.
    package let level: Level
    /// What the value means, where it comes from, how old it can be and when it is absent.
    package let help: String
    /// What stands before each label's value, such as `",group="`, ready to be copied: the quote that ends
    /// the value before it, comma, name, equals sign and the quote that begins its own.
    let labelOpeners: [[UInt8]]

    init(
        _ name: String, _ kind: Kind, _ unit: Unit, _ labels: [String], level: Level = .always, help: String
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.level = level
        self.help = help
        labelOpeners = labels.enumerated().map { position, label in
            Array((position == 0 ? "{" : "\",").utf8) + Array(label.utf8) + Array("=\"".utf8)
        }
    }

    /// Type as both formats spell it; info and state-set families are gauges.
    package enum Kind: String, Hashable, Sendable {
        case gauge, counter, histogram
    }

    /// Unit of the value, for the documentation and the `# UNIT` line of OpenMetrics.
    package enum Unit: String, Hashable, Sendable {
        case seconds
        case bytes
        case records
        case recordsPerSecond = "records per second"
        case offset
        case partitions
        case members
        case count
        /// Always 1; the labels are the message.
        case info = "always 1"
        case boolean = "0 or 1"
    }

    /// Coarsest granularity at which the family is still exported.
    package enum Level: String, Hashable, Sendable {
        /// At granularity `partition` only.
        case partition
        /// At granularities `partition` and `topic`.
        case topic
        case always
        /// As `always`, and kept where `limits.series` leaves a group or topic nothing else.
        case summary
    }
}

extension MetricFamily {
    /// Name that the OpenMetrics `TYPE`, `UNIT` and `HELP` lines carry: that of the samples without `_total`.
    package var openMetricsName: String {
        kind == .counter && name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
    }

    /// Unit for the OpenMetrics `UNIT` line, which must be the end of the name; `nil` where there is none.
    package var openMetricsUnit: String? {
        switch unit {
        case .seconds, .bytes: openMetricsName.hasSuffix("_\(unit.rawValue)") ? unit.rawValue : nil
        case .records, .recordsPerSecond, .offset, .partitions, .members, .count, .info, .boolean: nil
        }
    }
}
