import Foundation

/// Configuration files for the logging libraries that Kafka brings: log4j 1 up to 3.9, log4j 2 from 4.0 on.
///
/// Without one a Java program of Kafka's prints everything or nothing.
package enum LoggingFiles {
    /// Writes the files into `directory` and returns java's options that name them; output goes to standard
    /// error.
    package static func write(in directory: String, level: String) throws(LaunchError) -> [String] {
        let pattern = "[%d] %p %m (%c)%n"
        let one = """
            log4j.rootLogger=\(level), stderr
            log4j.appender.stderr=org.apache.log4j.ConsoleAppender
            log4j.appender.stderr.target=System.err
            log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
            log4j.appender.stderr.layout.ConversionPattern=\(pattern)

            """
        let two = """
            Configuration:
              Appenders:
                Console: {name: STDERR, target: SYSTEM_ERR, PatternLayout: {pattern: "\(pattern)"}}
              Loggers:
                Root: {level: \(level), AppenderRef: [{ref: STDERR}]}

            """
        let first = "\(directory)/log4j-\(level).properties"
        let second = "\(directory)/log4j2-\(level).yaml"
        try TextFile.write(one, to: first)
        try TextFile.write(two, to: second)
        return ["-Dlog4j.configuration=file:\(first)", "-Dlog4j2.configurationFile=\(second)"]
    }
}

/// Whole small files, with failures as sentences.
package enum TextFile {
    package static func write(_ text: String, to path: String) throws(LaunchError) {
        do {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        } catch {
            throw LaunchError("cannot write \(path): \(error)")
        }
    }

    /// The file's text, or nothing when it cannot be read.
    package static func read(_ path: String) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }

    package static func makeDirectory(_ path: String) throws(LaunchError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw LaunchError("cannot make the folder \(path): \(error)")
        }
    }

    /// Last lines of a log, for an error message.
    package static func tail(_ path: String, lines: Int = 15) -> String {
        read(path).split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
}
