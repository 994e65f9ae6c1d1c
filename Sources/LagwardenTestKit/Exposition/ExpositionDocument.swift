/// What a scrape said, as read by ``ExpositionChecker``.
package struct ExpositionDocument: Sendable {
    package enum Format: Hashable, Sendable {
        /// Prometheus text 0.0.4.
        case text
        /// OpenMetrics 1.0.
        case openMetrics
    }

    package struct Family: Hashable, Sendable {
        /// As TYPE names it: in OpenMetrics without a counter's `_total`.
        package var name: String
        /// Empty where no TYPE was given.
        package var type: String
        package var help: String?
        package var unit: String?
        package var samples: [Sample]
        /// Line on which the family begins.
        package var line: Int
    }

    package struct Label: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    package struct Sample: Hashable, Sendable {
        package var name: String
        /// In the order of the line.
        package var labels: [Label]
        package var value: Double
        /// As written.
        package var timestamp: String?
        package var line: Int

        /// Value of one label.
        package subscript(label: String) -> String? { labels.first { $0.name == label }?.value }

        /// Labels by name; of a repeated name the last one.
        package var labelValues: [String: String] {
            Dictionary(labels.map { ($0.name, $0.value) }) { _, last in last }
        }
    }

    package var format: Format
    /// In the order of the document.
    package var families: [Family]

    /// The family of this name.
    package func family(_ name: String) -> Family? { families.first { $0.name == name } }

    /// All samples of a family, or, for a name with a suffix such as `_total` or `_bucket`, those of that
    /// name.
    package func samples(_ name: String) -> [Sample] {
        if let family = family(name) { return family.samples }
        return families.flatMap(\.samples).filter { $0.name == name }
    }

    /// Value of the one sample of this name whose labels are exactly these; `nil` when there is none.
    package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.lazy.flatMap(\.samples).first { $0.name == name && $0.labelValues == labels }?.value
    }

    /// Samples of this name that have at least these labels.
    package func samples(_ name: String, matching labels: [String: String]) -> [Sample] {
        samples(name).filter { sample in labels.allSatisfy { sample[$0.key] == $0.value } }
    }
}

/// A rule of the format that a document breaks.
package struct ExpositionViolation: Hashable, Sendable, CustomStringConvertible {
    /// From 1 on.
    package var line: Int
    package var message: String

    package var description: String { "line \(line): \(message)" }
}
