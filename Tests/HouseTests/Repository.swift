import Foundation
import Testing

/// The files of the working copy these tests were built from.
enum Repository {
    /// One text file, with its path from the root.
    struct File: Sendable, CustomTestStringConvertible {
        let path: String
        let text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        /// First folder and, below Sources and Tests, the target: "Sources/KafkaClient".
        var target: String { path.split(separator: "/").prefix(2).joined(separator: "/") }
        var isSwift: Bool { path.hasSuffix(".swift") }
        var isSource: Bool { isSwift && path.hasPrefix("Sources/") }
        var testDescription: String { path }
    }

    /// Top of the working copy: two folders above this one.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every text file of the project, sorted by path; what was built, fetched or is not UTF-8 is left out.
    static let files: [File] = {
        let unwatched: Set<String> = [".build", ".git", ".kafka", ".tools", ".venv"]
        var found: [File] = []
        func visit(_ folder: URL, _ prefix: String) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names.sorted() where !unwatched.contains(name) && !name.hasSuffix(".swp") {
                let place = folder.appending(path: name)
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
                    continue
                }
                if isFolder.boolValue {
                    visit(place, prefix + name + "/")
                } else if let data = FileManager.default.contents(atPath: place.path),
                    let text = String(validating: data, as: UTF8.self)
                {
                    found.append(File(path: prefix + name, text: text))
                }
            }
        }
        visit(root, "")
        return found
    }()

    static let swiftFiles = files.filter(\.isSwift)
    static let sources = files.filter(\.isSource)
}

/// A Swift line without its comment and without what stands between quotation marks.
///
/// Good for finding words of the language, not for anything that spans lines.
func code(of line: some StringProtocol) -> String {
    let quote = UInt8(ascii: "\"")
    let slash = UInt8(ascii: "/")
    var result: [UInt8] = []
    var isQuoted = false
    var previous: UInt8 = 0
    for byte in Array(line.utf8) {
        if byte == quote, previous != UInt8(ascii: "\\") {
            isQuoted.toggle()
        } else if !isQuoted {
            if byte == slash, previous == slash {
                result.removeLast()
                break
            }
            result.append(byte)
        }
        previous = byte
    }
    return String(decoding: result, as: UTF8.self)
}
