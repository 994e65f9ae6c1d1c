import Foundation
import Glibc
import LagwardenTestKit

// Status 1 when a decoder did wrong, 2 for arguments that make no sense or a folder without records.
guard let options = FuzzOptions(CommandLine.arguments.dropFirst()) else {
    print("Fuzz: there are --records=N, --seed=N, --first=N and --corpus=FOLDER")
    exit(2)
}
let corpus = (try? RecordCorpus.read(folder: URL(fileURLWithPath: options.corpus))) ?? []
if corpus.isEmpty {
    print("Fuzz: no records in \(options.corpus); run it in the repository's folder or give --corpus")
    exit(2)
}
var run = FuzzRun(options)
run.run(on: corpus)
print(run.report)
exit(run.isSound ? 0 : 1)
