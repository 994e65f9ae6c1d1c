package import KafkaLauncher

/// Scrapes over a socket of its own, as Prometheus does, and keeps nothing of the body.
package struct ScrapeClient: Sendable {
    /// How one scrape went.
    package struct Outcome: Sendable {
        package var status = 0
        /// Bytes on the wire behind the header.
        package var bodyBytes = 0
        /// From before the connection to its end.
        package var wallSeconds = 0.0
        /// Of the whole process, this client included.
        package var cpuSeconds = 0.0
        /// What a gzip body says of the size of the text, modulo 2^32.
        package var inflatedBytes: UInt32 = 0
    }

    package let port: Int
    private static let pieceSize = 262_144

    package init(port: Int) { self.port = port }

    /// Scrapes once; `look` sees the pieces of a plain body as they come.
    package func scrape(
        gzip: Bool = false, _ look: (([UInt8].SubSequence) -> Void)? = nil
    ) throws(LaunchError) -> Outcome {
        let (wall, cpu) = (ProcessMeter.wallSeconds(), ProcessMeter.cpuSeconds())
        let socket = try ClientSocket(port: port, timeout: .seconds(60))
        // HTTP/1.0: the body ends with the connection, whatever way its pieces were made.
        let encoding = gzip ? "Accept-Encoding: gzip\r\n" : ""
        try socket.send(Array("GET /metrics HTTP/1.0\r\nHost: localhost\r\n\(encoding)\r\n".utf8))
        var outcome = Outcome()
        var header: [UInt8] = []
        var isBody = false
        var tail: [UInt8] = []
        while true {
            let piece = try socket.receive(atMost: Self.pieceSize)
            if piece.isEmpty { break }
            var body = piece[...]
            if !isBody {
                header += piece
                guard let end = header.firstRange(of: [13, 10, 13, 10]) else { continue }
                isBody = true
                body = header[end.upperBound...]
                outcome.status = Self.status(of: header)
            }
            outcome.bodyBytes += body.count
            look?(body)
            tail = Array((tail + body.suffix(4)).suffix(4))
        }
        outcome.wallSeconds = ProcessMeter.wallSeconds() - wall
        outcome.cpuSeconds = ProcessMeter.cpuSeconds() - cpu
        for byte in tail.reversed() { outcome.inflatedBytes = outcome.inflatedBytes << 8 | UInt32(byte) }
        guard outcome.status == 200 else { throw LaunchError("a scrape was answered \(outcome.status)") }
        return outcome
    }

    private static func status(of header: [UInt8]) -> Int {
        let words = header.prefix(64).split(separator: UInt8(ascii: " "))
        return words.count > 1 ? Int(String(decoding: words[1], as: UTF8.self)) ?? 0 : 0
    }
}

/// Reads a plain body in pieces: how many samples, and the sum of one family's integers.
package struct BodyReader: Sendable {
    package private(set) var samples = 0
    /// Sum over the samples of the family.
    package private(set) var sum: Int64 = 0
    /// Samples of the family.
    package private(set) var familySamples = 0
    private let prefix: [UInt8]
    /// What came of the line that is not yet over.
    private var line: [UInt8] = []

    /// `family` without its labels.
    package init(family: String) { prefix = Array("\(family){".utf8) }

    package mutating func read(_ piece: ArraySlice<UInt8>) {
        var start = piece.startIndex
        while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if line.isEmpty {
                take(piece[start..<end])
            } else {
                line += piece[start..<end]
                take(line[...])
                line.removeAll(keepingCapacity: true)
            }
            start = end + 1
        }
        line += piece[start...]
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        guard let first = line.first, first != UInt8(ascii: "#") else { return }
        samples += 1
        guard line.starts(with: prefix) else { return }
        familySamples += 1
        var scale: Int64 = 1
        for byte in line.reversed() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            sum += Int64(byte - UInt8(ascii: "0")) * scale
            scale *= 10
        }
    }
}
