import Glibc

/// A port of 127.0.0.1 that nobody else is given while nobody listens there.
///
/// The socket is bound and does not listen: the kernel gives the port to nobody else, and refuses connections
/// to it. Who allows that addresses are used again (`SO_REUSEADDR`), as librdkafka's mock brokers do, may
/// listen there meanwhile. Source: socket(7).
final class HeldPort: Sendable {
    private let descriptor: Int32

    /// `nil` where somebody has it.
    init?(_ port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var on: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        // SAFETY: the call reads one address of this size, and keeps nothing of it.
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }
}
