import Foundation
import Glibc
import KafkaLauncher
import LagwardenTestKit

// One line of JSON for each benchmark; status 1 when an answer or a target is missed, 2 for arguments that
// make no sense. Without a Kafka there is nothing to measure, which standard error is told.
guard let options = LiveOptions(CommandLine.arguments.dropFirst()) else {
    print(LiveOptions.usage)
    exit(2)
}
guard KafkaRequirement.isMet else { exit(0) }
do {
    let scene = try await LiveScene.open(options.fleet)
    var reports: [LiveReport] = []
    do {
        if let hold = options.hold {
            FileHandle.standardError.write(Data("brokers: \(scene.kafka.bootstrap)\n".utf8))
            try await Task.sleep(for: hold)
        } else if let duration = options.soak {
            reports.append(try await LiveSoak(scene: scene, duration: duration).run())
        } else {
            reports.append(try await RoundBenchmark(scene: scene, options: options).run())
            reports.append(try await FirstSnapshotBenchmark(scene: scene, options: options).run())
        }
    } catch {
        await scene.close()
        throw error
    }
    await scene.close()
    let isRight = reports.map { $0.print() }.allSatisfy(\.self)
    exit(isRight ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("LiveBenchmarks: \(error)\n".utf8))
    exit(1)
}
