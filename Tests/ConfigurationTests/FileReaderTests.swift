import Foundation
import Testing

@testable import Configuration

@Suite struct FileReaderTests {
    @Test func readsAWholeFileButNotMuchMoreThanItsLimit() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "lagwarden-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        for count in [0, 1, 65_536, 70_000, YAMLReader.bytesMax] {
            let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try Data(content).write(to: url)
            #expect(try FileReader.read(url.path) == content)
        }
        try Data(count: YAMLReader.bytesMax * 2).write(to: url)
        #expect(try FileReader.read(url.path).count == YAMLReader.bytesMax + 1)
        let failure = try #require(throws: ConfigurationFailure.self) {
            try Settings.load(
                try Invocation.parse(["--config.file", url.path]), environment: [:], readFile: FileReader.read
            )
        }
        #expect(failure.description.contains("larger than 1 MiB"))
    }

    @Test func saysWhyAFileCannotBeRead() {
        #expect(throws: FileFailure("No such file or directory")) { try FileReader.read("/nonexistent/x") }
        #expect(throws: FileFailure("Is a directory")) { try FileReader.read("/") }
        #expect(throws: FileFailure("No such file or directory")) { try FileReader.read("") }
    }
}
