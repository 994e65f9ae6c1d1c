import Glibc

/// A bound and listening TCP socket, closed when it is dropped unless it was handed over.
///
/// We bind it ourselves, not libmicrohttpd: only so does a failure keep its reason.
struct ListenSocket: ~Copyable {
    private let descriptor: Int32
    /// The port bound, also when the system chose it.
    let port: UInt16

    private init(descriptor: Int32, port: UInt16) {
        self.descriptor = descriptor
        self.port = port
    }

    deinit { _ = close(descriptor) }

    /// Gives the descriptor to a new owner, who closes it.
    consuming func release() -> Int32 {
        let descriptor = self.descriptor
        discard self
        return descriptor
    }

    /// Binds and listens; may ask the resolver for a host name, so not on the cooperative pool.
    ///
    /// Without a host it listens on `::` for both families, or on `0.0.0.0` where the machine has no IPv6. A
    /// name with several addresses is bound to one, IPv4 first.
    static func open(_ address: ListenAddress, backlog: Int32) throws(HTTPServerError) -> ListenSocket {
        let hosts = address.host.map { [$0] } ?? ["::", "0.0.0.0"]
        var failure = HTTPServerError.system(EADDRNOTAVAIL, address)
        for host in hosts {
            for candidate in try resolve(host, address) {
                do throws(HTTPServerError) {
                    return try bound(to: candidate, address, backlog: backlog)
                } catch {
                    failure = error
                    // Falling back to IPv4 alone would hide that somebody else has the port.
                    if error.code == .addressInUse || error.code == .permissionDenied { throw error }
                }
            }
        }
        throw failure
    }

    /// One address as `bind` takes it.
    private struct Candidate {
        let family: Int32
        let storage: sockaddr_storage
        let length: socklen_t
    }

    private static func resolve(
        _ host: String, _ address: ListenAddress
    ) throws(HTTPServerError) -> [Candidate] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host, String(address.port), &hints, &list)
        guard result == 0, let first = unsafe list else {
            let reason = unsafe gai_strerror(result).map { unsafe String(cString: $0) } ?? "error \(result)"
            throw HTTPServerError(
                code: .unknownHost, address: address.description,
                reason: "the host has no address (\(reason))",
                remedy: "Name an address of this machine, or no host at all to listen on every address")
        }
        defer { unsafe freeaddrinfo(first) }
        var candidates: [Candidate] = []
        var entry: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let current = unsafe entry {
            unsafe entry = current.pointee.ai_next
            let length = unsafe current.pointee.ai_addrlen
            guard let source = unsafe current.pointee.ai_addr,
                Int(length) <= MemoryLayout<sockaddr_storage>.size
            else { continue }
            var storage = sockaddr_storage()
            unsafe withUnsafeMutableBytes(of: &storage) { target in
                unsafe target.copyMemory(from: UnsafeRawBufferPointer(start: source, count: Int(length)))
            }
            candidates.append(
                Candidate(family: unsafe current.pointee.ai_family, storage: storage, length: length))
        }
        return candidates.filter { $0.family == AF_INET } + candidates.filter { $0.family == AF_INET6 }
    }

    private static func bound(
        to candidate: Candidate, _ address: ListenAddress, backlog: Int32
    ) throws(HTTPServerError) -> ListenSocket {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(candidate.family, kind, 0)
        guard descriptor >= 0 else { throw .system(errno, address) }
        let unnamed = ListenSocket(descriptor: descriptor, port: 0)
        var (on, off): (Int32, Int32) = (1, 0)
        let size = socklen_t(MemoryLayout<Int32>.size)
        // So that a restart does not wait for the last connections' TIME_WAIT.
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if candidate.family == AF_INET6 {
            _ = unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size)
        }
        var name = candidate.storage
        let hasName = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, candidate.length)
            }
        }
        guard hasName == 0, listen(descriptor, backlog) == 0 else { throw .system(errno, address) }
        guard let port = boundPort(descriptor) else { throw .system(errno, address) }
        return ListenSocket(descriptor: unnamed.release(), port: port)
    }

    /// What `getsockname` says.
    private static func boundPort(_ descriptor: Int32) -> UInt16? {
        var name = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else { return nil }
        // sin_port and sin6_port are the two bytes after the family in either form.
        return unsafe withUnsafeBytes(of: name) { unsafe UInt16($0[2]) << 8 | UInt16($0[3]) }
    }
}

extension HTTPServerError {
    /// An error number of `socket`, `bind` or `listen` in words.
    static func system(_ number: Int32, _ address: ListenAddress) -> HTTPServerError {
        switch number {
        case EADDRINUSE:
            HTTPServerError(
                code: .addressInUse, address: address.description,
                reason: "another process listens there",
                remedy: "Stop it (ss -ltnp names it) or choose another port with --web.listen-address")
        case EACCES, EPERM:
            HTTPServerError(
                code: .permissionDenied, address: address.description,
                reason: "this user may not use the port",
                remedy: "Choose a port above 1023 or grant CAP_NET_BIND_SERVICE")
        case EADDRNOTAVAIL:
            HTTPServerError(
                code: .unknownHost, address: address.description,
                reason: "the host is no address of this machine",
                remedy: "Name an address of this machine, or no host at all to listen on every address")
        default:
            HTTPServerError(
                code: .failed, address: address.description,
                reason: unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)",
                remedy: "The system refused the socket; its limits and its log may say more")
        }
    }
}
