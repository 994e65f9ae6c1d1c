import CMicroHTTPD
import Glibc
import StructuredLog

/// State of one request between the library's callbacks, all of which come from one thread.
private final class Exchange {
    let target: [UInt8]
    /// Set when the header is complete, from where on the request counts as in flight.
    var hasBegun = false

    init(target: [UInt8]) { self.target = target }
}

/// The functions that libmicrohttpd calls; `context` is the `ServerCore`.
enum ServerCallbacks {
    /// Called with the raw target before the library decodes and cuts it; its result comes back as the
    /// exchange.
    static let requestLine:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?
        ) -> UnsafeMutableRawPointer? = { _, target, _ in
            var bytes: [UInt8] = []
            if let target = unsafe target {
                bytes = unsafe Array(UnsafeRawBufferPointer(start: target, count: strlen(target)))
            }
            return unsafe Unmanaged.passRetained(Exchange(target: bytes)).toOpaque()
        }

    /// Called when a request's header is complete, then for each part of its body, then at its end.
    static let handle: MHD_AccessHandlerCallback = {
        context, connection, _, method, _, _, uploadSize, exchange in
        guard let context = unsafe context, let connection = unsafe connection,
            let method = unsafe method, let pointer = unsafe exchange?.pointee
        else { return .NO }
        let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
        guard exchange.hasBegun else {
            exchange.hasBegun = true
            core.requestBegan(on: UInt(bitPattern: connection))
            return unsafe refuseBody(connection, core)
        }
        if let uploadSize = unsafe uploadSize, unsafe uploadSize.pointee > 0 {
            unsafe uploadSize.pointee = 0
            return .YES
        }
        let response = unsafe answer(HTTPMethod(String(cString: method)), exchange, connection, core)
        return unsafe ResponseSender.queue(
            response, on: connection, closing: core.isStopping, core.logger, watch: core.watch)
    }

    /// Called once for each request line that was seen, however its connection ends.
    static let completed: MHD_RequestCompletedCallback = { context, connection, exchange, _ in
        guard let context = unsafe context, let pointer = unsafe exchange?.pointee else { return }
        unsafe exchange?.pointee = nil
        let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
        guard exchange.hasBegun else { return }
        let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        core.requestEnded(on: UInt(bitPattern: connection))
    }

    /// Called when a connection was accepted and again before its descriptor is closed.
    static let connectionChanged: MHD_NotifyConnectionCallback = { context, connection, _, change in
        guard let context = unsafe context, let connection = unsafe connection else { return }
        let watch = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue().watch
        let id = UInt(bitPattern: connection)
        switch change {
        case .CONNECTION_NOTIFY_STARTED:
            watch.opened(id, descriptor: unsafe lagwarden_httpd_descriptor(connection))
        case .CONNECTION_NOTIFY_CLOSED: watch.closed(id)
        @unknown default: break
        }
    }

    /// Called with the library's own messages.
    static let log: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = {
        context, message in
        guard let context = unsafe context, let message = unsafe message else { return }
        let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        unsafe core.libraryLog.note(String(cString: message))
    }

    /// Answers 413 to a request that announces a body, before any of it is read; the library then closes.
    private static func refuseBody(_ connection: OpaquePointer, _ core: ServerCore) -> MHD_Result {
        let length = unsafe headerValue("Content-Length", connection)
        let isChunked = unsafe headerValue("Transfer-Encoding", connection) != nil
        guard isChunked || (length.map { Int($0) != 0 } ?? false) else { return .YES }
        return unsafe ResponseSender.queue(
            .text("413: requests with a body are not taken here.", status: 413), on: connection,
            closing: true,
            core.logger)
    }

    private static func headerValue(_ name: String, _ connection: OpaquePointer) -> String? {
        unsafe MHD_lookup_connection_value(connection, .HEADER_KIND, name).map { unsafe String(cString: $0) }
    }

    /// Runs the handler.
    private static func answer(
        _ method: HTTPMethod, _ exchange: Exchange, _ connection: OpaquePointer, _ core: ServerCore
    ) -> HTTPResponse {
        do throws(RequestTargetError) {
            return core.handler(
                try HTTPRequest(
                    method: method, target: exchange.target, headers: unsafe allHeaders(of: connection)))
        } catch {
            return .text("400: \(error)", status: 400)
        }
    }

    private static func allHeaders(of connection: OpaquePointer) -> HTTPHeaders {
        var headers = HTTPHeaders()
        unsafe withUnsafeMutablePointer(to: &headers) { pointer in
            let each: MHD_KeyValueIterator = { target, _, name, value in
                guard let target = unsafe target, let name = unsafe name, let value = unsafe value else {
                    return .YES
                }
                unsafe target.assumingMemoryBound(to: HTTPHeaders.self).pointee.append(
                    String(cString: name), String(cString: value))
                return .YES
            }
            _ = unsafe MHD_get_connection_values(connection, .HEADER_KIND, each, pointer)
        }
        return headers
    }
}
