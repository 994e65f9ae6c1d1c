import StructuredLog
import Testing

@testable import HTTPService

@Suite("Messages of libmicrohttpd")
struct LibraryLogTests {
    private let log = LogBuffer()
    private let library: LibraryLog

    init() {
        let log = self.log
        library = LibraryLog(Logger(level: .debug) { log.append($0) })
    }

    @Test(arguments: [
        ("Error accepting connection: Too many open files\n", LogLevel.warn),
        ("Hit process or system resource limit at 9 connections, suspending accept().", .warn),
        ("Error processing request (HTTP response code is 400): ...\r\nmore", .debug),
        ("", .debug),
    ])
    func `have the level of their concern`(_ text: String, _ level: LogLevel) {
        library.note(text)
        #expect(log.records.map(\.level) == [level])
        #expect(log.records.first?.fields.first?.value.contains { $0.isNewline } == false)
    }

    @Test func `about descriptors warn once a minute`() {
        let start = ContinuousClock.now
        for second in 0...120 {
            library.note("Hit process or system resource limit", at: start + .seconds(second))
        }
        #expect(log.records.filter { $0.level == .warn }.count == 3)
    }

    @Test(arguments: [true, false])
    func `at the start are errors only if it fails`(_ failed: Bool) {
        for number in 0..<20 { library.note("message \(number)") }
        library.startEnded(failed: failed)
        let errors = log.records.filter { $0.level == .error }
        #expect(errors.count == (failed ? 8 : 0))
        library.note("later")
        library.startEnded(failed: true)
        #expect(log.records.filter { $0.level == .error } == errors)
    }
}
