import CCurl
import Foundation
import Locking

/// HTTP through libcurl; the only code that sees the library.
///
/// Redirects are not followed, certificates are verified, other schemes than http and https are refused.
package enum HTTPClient {
    /// Set up once for the process; libcurl wants that before its first use.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// The library that was loaded, such as `7.88.1`.
    package static var libraryVersion: String {
        guard let information = unsafe curl_version_info(CURLVERSION_FIRST) else { return "unknown" }
        return unsafe String(cString: information.pointee.version)
    }

    /// Carries out an exchange on a thread of its own, so that nobody's thread waits for it.
    package static func exchange(_ exchange: HTTPExchange) async -> HTTPOutcome {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: perform(exchange) { true }) }
            thread.name = "http-exchange"
            thread.start()
        }
    }

    /// Carries out an exchange on the calling thread, which blocks until its end or its time-out.
    ///
    /// `isWanted` is asked about once a second; when it says no, the exchange ends as stopped.
    package static func perform(
        _ exchange: HTTPExchange, isWanted: @escaping @Sendable () -> Bool
    ) -> HTTPOutcome {
        guard isReady, let handle = EasyHandle() else {
            return .failed(HTTPFailure(.other, "libcurl could not be set up"))
        }
        return handle.perform(exchange, isWanted: isWanted)
    }
}

/// One transfer of libcurl, from its making to its end.
@safe private struct EasyHandle: ~Copyable {
    private let pointer: UnsafeMutableRawPointer

    init?() {
        guard let made = unsafe curl_easy_init() else { return nil }
        unsafe pointer = made
    }

    deinit { unsafe curl_easy_cleanup(pointer) }

    /// What the library's callbacks reach while the transfer runs, on the thread that runs it.
    private final class Transfer {
        let bytesMax: Int
        let isWanted: @Sendable () -> Bool
        var body: [UInt8] = []
        var isCutOff = false
        var isStopped = false

        init(bytesMax: Int, isWanted: @escaping @Sendable () -> Bool) {
            self.bytesMax = bytesMax
            self.isWanted = isWanted
        }

        /// Returns how much was taken; less than all ends the transfer.
        func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
            let taken = min(bytes.count, bytesMax - body.count)
            unsafe body.append(contentsOf: bytes.prefix(taken))
            if taken < bytes.count { isCutOff = true }
            return taken
        }
    }

    func perform(_ exchange: HTTPExchange, isWanted: @escaping @Sendable () -> Bool) -> HTTPOutcome {
        let transfer = Transfer(bytesMax: exchange.answerBytesMax, isWanted: isWanted)
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { unsafe curl_slist_free_all(headers) }
        for line in Self.headers(of: exchange) {
            guard let longer = unsafe curl_slist_append(headers, line) else {
                return .failed(HTTPFailure(.other, "there is no memory for the request"))
            }
            unsafe headers = longer
        }
        let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { unsafe words.deallocate() }
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        unsafe lagwarden_curl_set_headers(pointer, headers)
        unsafe lagwarden_curl_set_error_buffer(pointer, words)
        unsafe lagwarden_curl_set_receiver(
            pointer,
            { bytes, size, count, context in
                guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
                let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                return unsafe transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
            }, context)
        unsafe lagwarden_curl_set_watch(
            pointer,
            { context, _, _, _, _ in
                guard let context = unsafe context else { return 1 }
                let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                if transfer.isWanted() { return 0 }
                transfer.isStopped = true
                return 1
            }, context)
        let refused = configure(exchange)
        guard refused == CURLE_OK else { return .failed(Self.failure(refused, "", of: exchange)) }
        let code = unsafe curl_easy_perform(pointer)
        let said = unsafe String(cString: words)
        return withExtendedLifetime(transfer) { outcome(code, said, transfer, exchange) }
    }

    private static func headers(of exchange: HTTPExchange) -> [String] {
        switch exchange.method {
        case .get: ["Accept: */*"]
        // Without "Expect", which makes a large body wait for a second.
        case .post: ["Content-Type: application/json", "Accept: */*", "Expect:"]
        }
    }

    /// Sets everything that is text or number; the first refusal ends it.
    private func configure(_ exchange: HTTPExchange) -> CURLcode {
        var codes: [CURLcode] = []
        func number(_ option: CURLoption, _ value: Int) {
            codes.append(unsafe lagwarden_curl_set_number(pointer, option, value))
        }
        func text(_ option: CURLoption, _ value: String) {
            codes.append(unsafe lagwarden_curl_set_text(pointer, option, value))
        }
        unsafe codes.append(lagwarden_curl_allow_http_only(pointer))
        text(CURLOPT_URL, exchange.url)
        text(CURLOPT_USERAGENT, "lagwarden")
        // Time-outs work without signals, which belong to the whole process.
        number(CURLOPT_NOSIGNAL, 1)
        number(CURLOPT_FOLLOWLOCATION, 0)
        number(CURLOPT_SSL_VERIFYPEER, 1)
        number(CURLOPT_SSL_VERIFYHOST, 2)
        number(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(exchange.connectTimeout))
        number(CURLOPT_TIMEOUT_MS, Self.milliseconds(exchange.timeout))
        if !exchange.authorityFile.isEmpty { text(CURLOPT_CAINFO, exchange.authorityFile) }
        if !exchange.usesProxyOfEnvironment { text(CURLOPT_PROXY, "") }
        switch exchange.credentials {
        case .none: break
        case .bearer(let token):
            number(CURLOPT_HTTPAUTH, Int(1) << 6)
            text(CURLOPT_XOAUTH2_BEARER, token)
        case .basic(let user, let password):
            number(CURLOPT_HTTPAUTH, 1)
            text(CURLOPT_USERNAME, user)
            text(CURLOPT_PASSWORD, password)
        }
        if case .post(let body) = exchange.method {
            codes.append(
                unsafe body.withUnsafeBytes { bytes in
                    unsafe lagwarden_curl_set_body(pointer, bytes.baseAddress, bytes.count)
                })
        }
        return codes.first { $0 != CURLE_OK } ?? CURLE_OK
    }

    /// At least one: to the library zero means for ever.
    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return max(
            1,
            Int(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue)
                + Int(attoseconds / 1_000_000_000_000_000))
    }

    private func outcome(
        _ code: CURLcode, _ said: String, _ transfer: Transfer, _ exchange: HTTPExchange
    ) -> HTTPOutcome {
        let status = unsafe Int(lagwarden_curl_status(pointer))
        if transfer.isStopped { return .failed(HTTPFailure(.stopped, "it was given up at the stop")) }
        guard code == CURLE_OK || (transfer.isCutOff && status > 0) else {
            return .failed(Self.failure(code, said, of: exchange))
        }
        let seconds = unsafe Int(lagwarden_curl_retry_after(pointer))
        return .answered(
            HTTPAnswer(
                status: status, retryAfter: seconds > 0 ? .seconds(min(seconds, 86_400)) : nil,
                body: transfer.body, isCutOff: transfer.isCutOff))
    }

    private static func failure(
        _ code: CURLcode, _ said: String, of exchange: HTTPExchange
    ) -> HTTPFailure {
        let standard = unsafe String(cString: curl_easy_strerror(code))
        let reason: HTTPFailure.Reason =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unresolved
            case CURLE_COULDNT_CONNECT: .unreachable
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
                .tls
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
                CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_BAD_CONTENT_ENCODING:
                .garbage
            default: .other
            }
        // The library may quote the address, whose path may be a secret.
        let isSafe = !said.isEmpty && !said.contains(exchange.url)
        return HTTPFailure(reason, isSafe ? said : standard)
    }
}
