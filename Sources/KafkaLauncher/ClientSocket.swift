import Glibc

/// A blocking TCP connection to loopback with a time limit for every step; closes itself.
///
/// For use off the cooperative pool, see ``BlockingCall``.
package struct ClientSocket: ~Copyable {
    private let descriptor: Int32

    /// Connects to `host` (a numeric IPv4 or IPv6 address) at `port`.
    package init(host: String = "127.0.0.1", port: Int, timeout: Duration) throws(LaunchError) {
        guard let address = SocketAddress(host: host, port: port) else {
            throw LaunchError("\(host):\(port) is not a numeric address")
        }
        let opened = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard opened >= 0 else { throw LaunchError("no socket: \(String(errorNumber: errno))") }
        let parts = timeout.components
        var limit = timeval(
            tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(opened, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard unsafe address.withPointer({ unsafe connect(opened, $0, $1) }) == 0 else {
            let reason = String(errorNumber: errno)
            close(opened)
            throw LaunchError("cannot connect to \(host):\(port): \(reason)")
        }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// Sends all of `bytes`.
    package func send(_ bytes: [UInt8]) throws(LaunchError) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw LaunchError("cannot send: \(String(errorNumber: errno))") }
            sent += count
        }
    }

    /// What has arrived, at most `limit` bytes; empty when the other side has closed.
    package func receive(atMost limit: Int = 65_536) throws(LaunchError) -> [UInt8] {
        var count = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            count = unsafe recv(descriptor, buffer.baseAddress, limit, 0)
            filled = max(0, count)
        }
        guard count >= 0 else { throw LaunchError("nothing received: \(String(errorNumber: errno))") }
        return bytes
    }

    /// Exactly `count` bytes.
    package func receive(exactly count: Int) throws(LaunchError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive(atMost: count - bytes.count)
            guard !more.isEmpty else { throw LaunchError("the connection was closed") }
            bytes += more
        }
        return bytes
    }
}

/// A numeric IPv4 or IPv6 address with its port, in the system's form.
struct SocketAddress: Sendable {
    private var storage = sockaddr_storage()
    private var length: socklen_t
    let family: Int32

    init?(host: String, port: Int) {
        guard let port = UInt16(exactly: port) else { return nil }
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if unsafe inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            family = AF_INET
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { target in
                unsafe withUnsafeBytes(of: four) { unsafe target.copyMemory(from: $0) }
            }
        } else if unsafe inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            family = AF_INET6
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { target in
                unsafe withUnsafeBytes(of: six) { unsafe target.copyMemory(from: $0) }
            }
        } else {
            return nil
        }
    }

    /// Lends the address to a socket call, which must not keep it.
    func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
        }
    }
}
