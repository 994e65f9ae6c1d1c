/// Where to listen.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or a numeric address without brackets; nil for every address of this machine, IPv6 and IPv4.
    package let host: String?
    /// 0 lets the system choose.
    package let port: UInt16

    package init(host: String?, port: UInt16) {
        self.host = host
        self.port = port
    }

    package var description: String {
        guard let host else { return ":\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
