import ClusterAccess
import Locking
import StructuredLog

/// Turns librdkafka's log lines and error events into our own, seldom enough to be read.
///
/// The same text (digits aside) is written once in half a minute and then says how often it was held back.
final class ClientLog: Sendable {
    private struct Repetition {
        var lastWritten: ContinuousClock.Instant
        var heldBack = 0
    }

    private static let interval = Duration.seconds(30)
    /// Texts remembered; beyond this the memory starts anew, which can only write more.
    private static let rememberedTexts = 256

    private let logger: Logger
    private let redactor: Redactor
    private let repetitions = Mutex<[String: Repetition]>([:])

    init(logger: Logger, redactor: Redactor) {
        self.logger = logger
        self.redactor = redactor
    }

    var level: LogLevel { logger.level }

    /// Writes what librdkafka logged; `level` is syslog's, 0 most urgent.
    func clientLine(facility: String, text: String, level: Int32) {
        // Failures to connect come as error events too, which say the same in fewer words.
        let ours: LogLevel = facility == "FAIL" || facility == "ERROR" ? .debug : Self.level(ofSyslog: level)
        write(ours, "client library: \(text)", key: facility)
    }

    /// Writes an error event; librdkafka goes on trying by itself.
    func clientError(reason: ClusterError.Reason, text: String) {
        write(.warn, "client library reports a failure: \(text)", key: reason.rawValue)
    }

    /// Writes that a broker began or ceased to hold us back.
    func throttling(_ level: LogLevel, _ broker: BrokerID?, _ text: String) {
        let name = broker.map { "\($0)" } ?? "any"
        write(level, "broker \(name) \(text)", key: "throttling of \(name)")
    }

    /// Writes something that should not happen but harms nothing.
    func oddity(_ text: String) { write(.debug, text, key: "oddity") }

    /// Level of a syslog severity: 0-2 error, 3-4 warn, 5-6 info, 7 debug.
    static func level(ofSyslog severity: Int32) -> LogLevel {
        switch severity {
        case ...2: .error
        case 3...4: .warn
        case 5...6: .info
        default: .debug
        }
    }

    private func write(_ level: LogLevel, _ text: String, key: String) {
        guard level <= logger.level else { return }
        let now = ContinuousClock.now
        // How long it took and how often it was suppressed differ from line to line.
        let stem = text.split(separator: "(after ", maxSplits: 1).first ?? ""
        let shape = key + stem.filter { !$0.isNumber }
        let heldBack = repetitions.withLock { known -> Int? in
            if var repetition = known[shape], now - repetition.lastWritten < Self.interval {
                repetition.heldBack += 1
                known[shape] = repetition
                return nil
            }
            if known.count >= Self.rememberedTexts { known = [:] }
            let heldBack = known[shape]?.heldBack ?? 0
            known[shape] = Repetition(lastWritten: now)
            return heldBack
        }
        guard let heldBack else { return }
        if heldBack > 0 {
            logger.log(level, redactor.clean(text), ["kind": key, "held_back": "\(heldBack)"])
        } else {
            logger.log(level, redactor.clean(text), ["kind": key])
        }
    }
}
