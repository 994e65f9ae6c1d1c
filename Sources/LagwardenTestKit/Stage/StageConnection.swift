import Dispatch
import Foundation
import Glibc
import KafkaLauncher
import Locking

/// The pipe to and from a running stage program; answers find their callers by number.
///
/// A thread reads the answers; no thread of the cooperative pool ever waits.
final class StageConnection: Sendable {
    private let input: Int32
    private let state = Mutex(State())

    /// Calls that wait, by number, and whether more can be made.
    private struct State {
        var nextID = 1
        var waiting: [Int: Waiting] = [:]
        var isOpen = true
    }

    private struct Waiting {
        var command: String
        var continuation: CheckedContinuation<Result<JSONValue, StageError>, Never>
    }

    /// Takes over both descriptors: `input` leads to the program, `output` comes from it.
    init(input: Int32, output: Int32) {
        self.input = input
        // The greeting is an answer to number 0 and is awaited like one.
        Thread.detachNewThread { [self] in readAnswers(from: output) }
    }

    /// Waits for the line that the program prints when it is ready.
    func greeting(within limit: Duration) async throws(StageError) {
        _ = try await exchange(command: "start", within: limit) { _ in nil }
    }

    /// Sends one command and waits for its answer.
    func call(
        _ command: String, _ arguments: [String: JSONValue], within limit: Duration
    ) async throws(StageError) -> JSONValue {
        try await exchange(command: command, within: limit) { id in
            var object = arguments
            object["id"] = .integer(Int64(id))
            object["op"] = .string(command)
            return JSONValue.object(object).encoded + "\n"
        }
    }

    /// Ends the program's input; calls under way fail.
    func close() {
        let wasOpen = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        if wasOpen { Glibc.close(input) }
    }

    private func exchange(
        command: String, within limit: Duration, line: @Sendable (Int) -> String?
    ) async throws(StageError) -> JSONValue {
        let result = await withCheckedContinuation { continuation in
            let waiting = Waiting(command: command, continuation: continuation)
            let id: Int? = state.withLock { state in
                guard state.isOpen else { return nil }
                let id = command == "start" ? 0 : state.nextID
                state.nextID += 1
                state.waiting[id] = waiting
                if let text = line(id) { Self.write(text, to: input) }
                return id
            }
            guard let id else {
                let failure = StageError(command: command, detail: "the stage is closed")
                continuation.resume(returning: .failure(failure))
                return
            }
            let parts = limit.components
            let milliseconds = Int(
                clamping: parts.seconds &* 1000 &+ parts.attoseconds / 1_000_000_000_000_000)
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [self] in
                answer(id, .failure(StageError(command: command, detail: "no answer within \(limit)")))
            }
        }
        return try result.get()
    }

    private func answer(_ id: Int, _ result: Result<JSONValue, StageError>) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: id) }
        waiting?.continuation.resume(returning: result)
    }

    private func readAnswers(from output: Int32) {
        let handle = FileHandle(fileDescriptor: output, closeOnDealloc: true)
        var rest: [UInt8] = []
        while true {
            let data = handle.availableData
            if data.isEmpty { break }
            rest += data
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                receive(Array(rest[..<end]))
                rest.removeSubrange(...end)
            }
        }
        let left = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiting in left.values {
            let failure = StageError(command: waiting.command, detail: "the stage program has ended")
            waiting.continuation.resume(returning: .failure(failure))
        }
        close()
    }

    private func receive(_ line: [UInt8]) {
        guard let value = JSONValue(decoding: line), let id = value["id"].integer else { return }
        let command = state.withLock { $0.waiting[Int(id)]?.command } ?? ""
        if let detail = value["error"].string {
            answer(Int(id), .failure(StageError(command: command, detail: detail)))
        } else {
            answer(Int(id), .success(value["result"]))
        }
    }

    /// Writes a line; commands are far smaller than a pipe's buffer, so this does not wait in practice.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
