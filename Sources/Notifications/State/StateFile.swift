import Foundation
import Glibc

/// Reads and writes the state file; blocks on the disk, so never on the cooperative pool.
struct StateFile: Sendable {
    let path: String

    /// What became of reading it.
    enum Reading: Sendable {
        case absent
        case state(StoredState)
        /// It cannot be used; the sentence says why and where it is kept.
        case unusable(String)
    }

    private struct VersionOnly: Decodable {
        var version: Int
    }

    /// Files that are larger are not ours.
    private static let bytesMax = 64 << 20

    /// Reads the file; one that cannot be used is kept under another name, and the service starts afresh.
    func read() -> Reading {
        guard FileManager.default.fileExists(atPath: path) else { return .absent }
        let problem: String
        let handle = FileHandle(forReadingAtPath: path)
        defer { try? handle?.close() }
        if let data = try? handle?.read(upToCount: Self.bytesMax + 1), data.count <= Self.bytesMax {
            let version = (try? JSONDecoder().decode(VersionOnly.self, from: data))?.version
            if let version, version != StoredState.currentVersion {
                problem =
                    "has version \(version), and this program knows version "
                    + "\(StoredState.currentVersion)"
            } else if let state = try? JSONDecoder().decode(StoredState.self, from: data) {
                return .state(state)
            } else {
                problem = "is damaged"
            }
        } else {
            problem = "cannot be read"
        }
        let aside = path + ".bad"
        let isKept = unsafe rename(path, aside) == 0
        return .unusable(
            "the state file \(path) \(problem); starting without it"
                + (isKept ? ", it is kept as \(aside)" : ""))
    }

    /// Replaces the file at once and entirely; returns what went wrong, as one sentence.
    func write(_ state: StoredState) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(state) else { return "the state cannot be written as JSON" }
        let fresh = path + ".new"
        let descriptor = unsafe open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return failure("opened for writing") }
        var isWritten = true
        unsafe data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = unsafe Glibc.write(
                    descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    isWritten = false
                    return
                }
                offset += count
            }
        }
        isWritten = isWritten && fsync(descriptor) == 0
        let problem = isWritten ? nil : failure("written")
        close(descriptor)
        if let problem { return problem }
        return unsafe rename(fresh, path) == 0 ? nil : failure("put in place")
    }

    private func failure(_ what: String) -> String {
        let number = errno
        return "the state file \(path) cannot be \(what): \(unsafe String(cString: strerror(number)))"
    }
}
