/// A command of the stage that failed; `detail` starts with the Java exception's class name.
package struct StageError: Error, Hashable, Sendable, CustomStringConvertible {
    package let command: String
    package let detail: String

    package init(command: String, detail: String) {
        self.command = command
        self.detail = detail
    }

    package var description: String { "stage command \(command) failed: \(detail)" }
}
