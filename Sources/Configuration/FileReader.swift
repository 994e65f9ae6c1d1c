import Glibc

/// Reads configuration files and files of secrets; the only part of this target that is not pure.
package enum FileReader {
    private static let bytesMax = YAMLReader.bytesMax + 1

    /// The content of the file at `path`, at most one byte more than a configuration may have.
    package static func read(_ path: String) throws(FileFailure) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw lastFailure() }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while content.count < bytesMax {
            let wanted = min(chunk.count, bytesMax - content.count)
            let count = unsafe Glibc.read(descriptor, &chunk, wanted)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw lastFailure()
            }
            content += chunk.prefix(count)
        }
        return content
    }

    /// The system's words for what has just failed.
    private static func lastFailure() -> FileFailure {
        var text = [CChar](repeating: 0, count: 256)
        let number = errno
        guard unsafe strerror_r(number, &text, text.count) == 0 else { return FileFailure("error \(number)") }
        return FileFailure(
            String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
