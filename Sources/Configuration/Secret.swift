/// A text that shows as `<redacted>` wherever it is printed, logged, dumped or reflected.
package struct Secret: Hashable, Sendable {
    /// What stands in the place of every secret.
    package static let redaction = "<redacted>"

    private let value: String

    package init(_ value: String) { self.value = value }

    /// The text itself, to be handed to the library that needs it and to nothing else.
    package func reveal() -> String { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { Self.redaction }

    package var debugDescription: String { Self.redaction }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
