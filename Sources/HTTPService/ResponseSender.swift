import CMicroHTTPD
import Glibc
import StructuredLog

/// Turns a response value into the library's response.
enum ResponseSender {
    /// Up to this size a body is copied, so that it leaves in one system call with its header.
    private static let smallBody = 16 * 1024
    /// Size of the buffer through which larger bodies pass, one for each connection that is being sent to.
    private static let blockSize = 128 * 1024

    /// Queues `response`; the result is what the access handler returns, `.NO` closing the connection.
    static func queue(
        _ response: HTTPResponse, on connection: OpaquePointer, closing: Bool, _ logger: Logger,
        watch: ConnectionWatch? = nil
    ) -> MHD_Result {
        if let hold = response.body.hold { watch?.sends(UInt(bitPattern: connection), hold) }
        guard let made = unsafe make(response.body) else {
            logger.error("The HTTP server has no memory for a response")
            return .NO
        }
        defer { unsafe MHD_destroy_response(made) }
        for field in response.headers.fields {
            // The library refuses line breaks, which would let a value forge further fields.
            if unsafe MHD_add_response_header(made, field.name, field.value) != .YES {
                logger.error("The HTTP server left out a malformed header field", ["name": field.name])
            }
        }
        if closing { _ = unsafe MHD_add_response_header(made, "Connection", "close") }
        let status = (200...599).contains(response.status) ? response.status : 500
        return unsafe MHD_queue_response(connection, UInt32(status), made)
    }

    private static func make(_ body: HTTPBody) -> OpaquePointer? {
        guard body.count > smallBody else {
            var bytes = body.bytes
            return unsafe bytes.withUnsafeMutableBytes {
                unsafe MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
            }
        }
        let reader = unsafe Unmanaged.passRetained(BodyReader(body))
        let response = unsafe MHD_create_response_from_callback(
            UInt64(body.count), blockSize, BodyReader.read, reader.toOpaque(), BodyReader.free)
        if unsafe response == nil { unsafe reader.release() }
        return unsafe response
    }
}

/// Keeps a body alive while it is sent and copies blocks of it out; used by one thread at a time.
private final class BodyReader {
    private let body: HTTPBody
    /// The run that was read last and where it starts in the body.
    private var run = 0
    private var start = 0
    /// What is sent of that run; empty before its first byte was asked for.
    private var bytes: [UInt8] = []

    init(_ body: HTTPBody) { self.body = body }

    /// Copies what stands at `position`, as much as fits; 0 at the end and where a run cannot be inflated.
    ///
    /// Runs of a compressed body are small, and every answer to the library becomes a system call.
    private func copy(from position: Int, into target: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < target.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[filled...])
            let count = unsafe copyOfRun(from: position + filled, into: rest)
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// The same, as much as one run has.
    private func copyOfRun(from position: Int, into target: UnsafeMutableRawBufferPointer) -> Int {
        if position < start { (run, start, bytes) = (0, 0, []) }
        while run < body.runs.count, position >= start + body.runs[run].count {
            start += body.runs[run].count
            run += 1
            bytes = []
        }
        guard run < body.runs.count else { return 0 }
        if bytes.isEmpty { bytes = body.runs[run].sent }
        let offset = position - start
        let count = min(bytes.count - offset, target.count)
        guard count > 0 else { return 0 }
        unsafe bytes.withUnsafeBytes { source in
            unsafe target.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[offset..<(offset + count)]))
        }
        return count
    }

    static let read: MHD_ContentReaderCallback = { context, position, buffer, capacity in
        guard let context = unsafe context, let buffer = unsafe buffer, let position = Int(exactly: position)
        else { return Int(MHD_CONTENT_READER_END_WITH_ERROR) }
        let reader = unsafe Unmanaged<BodyReader>.fromOpaque(context).takeUnretainedValue()
        let target = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: capacity)
        let count = unsafe reader.copy(from: position, into: target)
        // The library asks for no more than there is, so nothing here means that the body is damaged.
        return count > 0 ? count : Int(MHD_CONTENT_READER_END_WITH_ERROR)
    }

    static let free: MHD_ContentReaderFreeCallback = { context in
        if let context = unsafe context { unsafe Unmanaged<BodyReader>.fromOpaque(context).release() }
    }
}
