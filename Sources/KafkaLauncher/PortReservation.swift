import Foundation
import Glibc

/// Loopback ports that nobody else takes while this value lives, also not another run of the same tests.
///
/// Each port is bound, but not listened to, without address reuse, so that another reservation fails on it;
/// reuse is then switched on, so that a Java server, which binds with reuse, gets it. All lie below 32768:
/// above, a client's own connection can hold the port of a broker that is down.
package final class PortReservation: Sendable {
    package let ports: [Int]
    private let descriptors: [Int32]

    /// Reserves `count` ports from `range`, searched from a random place on.
    ///
    /// The range comes from the environment variable `LAGWARDEN_TEST_PORTS` ("22000-23999") where that is
    /// set.
    package init(_ count: Int, in range: ClosedRange<Int>? = nil) throws(LaunchError) {
        let range = range ?? Self.rangeFromEnvironment() ?? 20_000...32_767
        var ports: [Int] = []
        var descriptors: [Int32] = []
        let start = Int.random(in: 0..<range.count)
        for step in 0..<range.count where ports.count < count {
            let port = range.lowerBound + (start + step) % range.count
            if let descriptor = Self.bind(port) {
                ports.append(port)
                descriptors.append(descriptor)
            }
        }
        self.ports = ports
        self.descriptors = descriptors
        if ports.count < count {
            throw LaunchError(
                "fewer than \(count) free ports from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    private static func bind(_ port: Int) -> Int32? {
        guard let address = SocketAddress(host: "127.0.0.1", port: port) else { return nil }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        guard unsafe address.withPointer({ unsafe Glibc.bind(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return nil
        }
        var on: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    private static func rangeFromEnvironment() -> ClosedRange<Int>? {
        let text = ProcessInfo.processInfo.environment["LAGWARDEN_TEST_PORTS"] ?? ""
        let ends = text.split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] > 0, ends[0] <= ends[1], ends[1] < 65_536 else { return nil }
        return ends[0]...ends[1]
    }
}
