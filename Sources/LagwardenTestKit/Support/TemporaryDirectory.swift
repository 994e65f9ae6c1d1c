import Foundation
import Glibc
package import KafkaLauncher

/// A folder of its own under the system's temporary one; gone with the value.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init(_ purpose: String = "test") throws(LaunchError) {
        let parent = FileManager.default.temporaryDirectory.path
        path = "\(parent)/lagwarden-\(purpose)-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try TextFile.makeDirectory(path)
    }

    deinit { remove() }

    /// Writes a file in the folder and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws(LaunchError) -> String {
        let file = "\(path)/\(name)"
        try TextFile.write(text, to: file)
        return file
    }

    package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
