import Locking
import StructuredLog
import Testing

@Suite("Log lines")
struct LogRecordTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var value: String
        var logfmt: String
        var json: String
        var testDescription: String { logfmt }
    }

    @Test(arguments: [
        Case(value: "plain", logfmt: "plain", json: #""plain""#),
        Case(value: "", logfmt: #""""#, json: #""""#),
        Case(value: "two words", logfmt: #""two words""#, json: #""two words""#),
        Case(value: "a=b", logfmt: #""a=b""#, json: #""a=b""#),
        Case(value: #"say "hi""#, logfmt: #""say \"hi\"""#, json: #""say \"hi\"""#),
        Case(value: #"back\slash"#, logfmt: #"back\slash"#, json: #""back\\slash""#),
        Case(value: "line\nbreak\r\t", logfmt: #""line\nbreak\r\t""#, json: #""line\nbreak\r\t""#),
        Case(value: "\u{1}\u{7f}", logfmt: #""\u0001\u007f""#, json: #""\u0001\u007f""#),
        Case(value: "größe 🐘", logfmt: #""größe 🐘""#, json: #""größe 🐘""#),
        Case(value: "größe", logfmt: "größe", json: #""größe""#),
    ])
    func valuesAreQuotedWhereAReaderWouldMisreadThem(_ row: Case) {
        let record = LogRecord(level: .info, message: "m", fields: [.init("k", row.value)])
        #expect(record.line(timestamp: "T", format: .logfmt) == "time=T level=info msg=m k=\(row.logfmt)")
        #expect(
            record.line(timestamp: "T", format: .json)
                == #"{"time":"T","level":"info","msg":"m","k":\#(row.json)}"#)
    }

    @Test(arguments: LogLevel.allCases)
    func aLoggerWritesItsLevelAndWhatIsMoreImportant(_ level: LogLevel) {
        let written = Mutex<[LogLevel]>([])
        let logger = Logger(level: level) { record in written.withLock { $0.append(record.level) } }
        logger.error("e")
        logger.warn("w")
        logger.info("i")
        logger.debug("d")
        #expect(written.withLock { $0 } == LogLevel.allCases.filter { $0 <= level })
    }

    @Test func fieldsOfTheLoggerComeFirst() {
        let written = Mutex<[LogRecord]>([])
        let logger = Logger(level: .info) { record in written.withLock { $0.append(record) } }
        logger.with("cluster", "c").info("m", ["group": "g"])
        #expect(
            written.withLock { $0 }
                == [
                    LogRecord(
                        level: .info, message: "m", fields: [.init("cluster", "c"), .init("group", "g")])
                ])
    }
}
