import Testing
import TrailModel
import TrailTemplates
import TrailYAML

/// A small generator with a fixed seed, so that a failing case can be made again.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

struct MutationTests {
    /// Bytes are dropped, doubled or replaced by ones that mean something in YAML; whatever comes of it, the answer is a
    /// set or findings, never a crash, and a text without tree says why.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            alarmTemplate(["AlarmActions": "[!Ref Topic]"], head: IntrinsicTests.more + IntrinsicTests.surroundings),
            filterTemplate(), SetTests.topics, SetTests.trail, ApiDestinationTests.sample,
        ]) func `damaged templates never crash the loader`(_ template: String)
    {
        let meaningful = Array("{}[]:,!&*#?|>-'\"%@` \n\t$\\".utf8)
        for seed in UInt64(1)...150 {
            var random = SplitMix64(state: seed)
            var bytes = Array(template.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.remove(at: index)
                case 1: bytes.insert(bytes[index], at: index)
                default: bytes[index] = meaningful[Int.random(in: meaningful.indices, using: &random)]
                }
            }
            let document = TemplateDocument(yaml: String(decoding: bytes, as: UTF8.self), file: "damaged.yaml")
            #expect((document.root == nil) == document.diagnostics.contains { $0.severity == .error }, "seed \(seed)")
            let loaded = TemplateLoader().load([document])
            let again = TemplateLoader().load([document])
            #expect(loaded.set == again.set && loaded.diagnostics == again.diagnostics, "seed \(seed)")
        }
    }

    @Test(arguments: [(28, true), (40, false)]) func `conditions within conditions have a limit`(
        _ count: Int, _ isAllowed: Bool
    ) {
        var text = alarmTemplate(head: "    Condition: C0\nConditions:\n  C\(count): !Equals [a, a]\n")
        for index in 0..<count {
            let nots = String(repeating: "!Not [", count: 8)
            text += "  C\(index): \(nots)!Condition C\(index + 1)\(String(repeating: "]", count: 8))\n"
        }
        let loaded = load(text)
        #expect(loaded.set.alarms.count == (isAllowed ? 1 : 0))
        #expect(
            loaded.findings.contains { $0.contains("error: cannot work out a condition: got more than 300") }
                != isAllowed)
    }
}
