import Foundation
import KafkaClient
import Testing

/// Holds the check script to its word when it says which librdkafka the tests ran with.
@Suite struct LibraryVersionTests {
    private static let expected = ProcessInfo.processInfo.environment["LAGWARDEN_EXPECT_LIBRDKAFKA"]

    @Test("The library that was asked for is the one that is loaded", .enabled(if: expected != nil))
    func loadedLibrary() {
        #expect(KafkaCluster.libraryVersion == Self.expected)
    }
}
