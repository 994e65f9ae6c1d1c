import ClusterAccess

/// Blots the secret values of one configuration out of any text that librdkafka composes.
struct Redactor: Sendable {
    private let secrets: [String]

    /// Takes the values of secret properties and remembers them only to recognise them.
    init(properties: [(String, String)]) {
        secrets = properties.filter { ClientProperty.isSecret($0.0) && $0.1.utf8.count > 2 }.map(\.1)
    }

    /// The text with every secret value replaced.
    func clean(_ text: String) -> String {
        secrets.reduce(text) { cleaned, secret in
            cleaned.contains(secret) ? Self.replacing(secret, in: cleaned) : cleaned
        }
    }

    private static func replacing(_ secret: String, in text: String) -> String {
        text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "[hidden]")
    }
}
