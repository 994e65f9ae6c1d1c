import CMicroHTTPD
package import StructuredLog

/// A listening HTTP server; stopped by `stop`, at the latest when it is dropped.
///
/// A slow or silent client costs a descriptor and a few kilobytes, never a thread: sockets do not block, each
/// thread of the pool polls its share of them, and a connection that stands still or trickles is closed after
/// the timeouts of `HTTPServerOptions`. Only a handler occupies a thread, so handlers answer from memory.
package final class HTTPServer: Sendable {
    package typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

    /// The address asked for.
    package let address: ListenAddress
    /// The port in use, also when port 0 was asked for.
    package let port: UInt16

    private let core: ServerCore
    private let grace: Duration

    /// Binds and starts to answer; may ask the resolver for a host name, so not on the cooperative pool.
    ///
    /// `handler` runs on the server's threads, several at a time; while it runs, the other connections of its
    /// thread wait.
    package init(
        address: ListenAddress, options: HTTPServerOptions = HTTPServerOptions(), logger: Logger,
        handler: @escaping Handler
    ) throws(HTTPServerError) {
        let socket = try ListenSocket.open(address, backlog: Int32(clamping: max(options.backlog, 1)))
        ServerPanic.install(logger)
        self.address = address
        self.port = socket.port
        self.grace = options.stopGrace
        self.core = ServerCore(options, logger: logger, handler: handler)
        guard core.start(on: socket.release()) else {
            throw HTTPServerError(
                code: .failed, address: address.description, reason: "libmicrohttpd did not start",
                remedy: "The log line before this one says why; too few descriptors or threads are likely")
        }
    }

    deinit { core.stop(grace: grace) }

    /// Connections open now, idle ones included.
    package var openConnections: Int { core.watch.count }

    /// Requests whose answer is not sent in full yet.
    package var requestsInFlight: Int { core.requestsInFlight }

    /// Refuses new connections at once, lets answers under way finish for `HTTPServerOptions.stopGrace`, then
    /// closes everything and joins the threads.
    ///
    /// Blocks the caller for that long at most, and half a second more should a handler not return; such a
    /// handler's thread is left behind and logged. Safe to call again and from several threads: each call
    /// returns when the server has stopped. Not for the cooperative pool, which has `shutDown`.
    package func stop() { core.stop(grace: grace) }

    /// `stop` for async callers: occupies no thread of the cooperative pool.
    package func shutDown() async {
        await withCheckedContinuation { continuation in
            let work: @Sendable () -> Void = { [core, grace] in
                core.stop(grace: grace)
                continuation.resume()
            }
            if !OwnThread.run(work) { work() }
        }
    }
}
