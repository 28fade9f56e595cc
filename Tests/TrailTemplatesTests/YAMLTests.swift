import Testing
import TrailModel
import TrailTemplates
import TrailYAML

struct YAMLTests {
    private func node(_ text: String) throws -> TemplateNode {
        try #require(TemplateDocument(yaml: text, file: "a.yaml").root)
    }

    private func findings(_ text: String) -> [String] {
        TemplateDocument(yaml: text, file: "a.yaml").diagnostics.map(\.description)
    }

    private func at(_ line: Int, _ column: Int) -> Place {
        Place(file: "a.yaml", line: line, column: column)
    }

    @Test func `every value keeps its place, tag and kind`() throws {
        let tree = try node("A: !Sub 'x'\nB:\n  - 1\n  - !If [c, {d: e}, f]\n")
        let list = TemplateNode(
            .list([
                TemplateNode(.scalar("1", isPlain: true), location: at(3, 5)),
                TemplateNode(
                    .list([
                        TemplateNode(.scalar("c", isPlain: true), location: at(4, 10)),
                        TemplateNode(
                            .mapping([
                                .init(
                                    key: "d", keyLocation: at(4, 14),
                                    value: TemplateNode(.scalar("e", isPlain: true), location: at(4, 17)))
                            ]), location: at(4, 13)),
                        TemplateNode(.scalar("f", isPlain: true), location: at(4, 21)),
                    ]), tag: "!If", location: at(4, 5)),
            ]), location: at(3, 3))
        let want = TemplateNode(
            .mapping([
                .init(
                    key: "A", keyLocation: at(1, 1),
                    value: TemplateNode(.scalar("x", isPlain: false), tag: "!Sub", location: at(1, 4))),
                .init(key: "B", keyLocation: at(2, 1), value: list),
            ]), location: at(1, 1))
        #expect(tree == want)
    }

    @Test func `aliases and merge keys are replaced by what they name`() throws {
        let tree = try node("A: &a {x: 1, y: 2}\nB: {<<: *a, y: 3}\nC: {<<: [{z: 4}, *a]}\nD: *a\n")
        func keys(_ key: String) -> [String] {
            guard case .mapping(let members) = tree.content, let member = members.first(where: { $0.key == key }),
                case .mapping(let inner) = member.value.content
            else { return [] }
            return inner.map { member in
                guard case .scalar(let text, _) = member.value.content else { return member.key }
                return member.key + text
            }
        }
        #expect(keys("B") == ["y3", "x1"])
        #expect(keys("C") == ["z4", "x1", "y2"])
        #expect(keys("D") == ["x1", "y2"])
    }

    @Test(arguments: [
        ("A: [1\nB: 2", "a.yaml:2:2: error: cannot read the YAML: while parsing a flow sequence from line 1, "),
        ("A: 'x", "a.yaml:1:6: error: cannot read the YAML: while scanning a quoted scalar from line 1, "),
        ("A: 1\n B: 2", "a.yaml:2:3: error: cannot read the YAML: "),
        ("A:\n\t- 1", "a.yaml:2:1: error: cannot read the YAML: "),
        ("A: *b", "a.yaml:1:4: error: cannot read the YAML: found undefined alias"),
        (
            "A: {b: 1, c: 2, b: 3}",
            "a.yaml:1:5: error: cannot read a mapping: got the key 'b' more than once; want it once"
        ),
        (
            "A: {1: a, '1': b}",
            "a.yaml:1:11: error: cannot read a mapping: got the key '1' twice, first in line 1; want it once"
        ),
        ("? [a]\n: b", "a.yaml:1:3: error: cannot read a mapping: got a key that is no text; want a text"),
        ("<<: x", "a.yaml:1:5: error: cannot merge: got a value after '<<' that is no mapping; "),
        ("A: 1\nB: x\u{1}y", "a.yaml:2:5: error: cannot read the YAML: control characters are not allowed"),
        ("", "a.yaml:1:1: error: cannot read the template: got an empty file; want a mapping with Resources"),
        ("{\"A\": 1,\n \"B\" 2}", "a.yaml:2:"),
    ]) func `a text that is no YAML is one error with its place`(_ text: String, _ want: String) throws {
        let document = TemplateDocument(yaml: text, file: "a.yaml")
        #expect(document.root == nil)
        #expect(document.diagnostics.count == 1)
        let finding = try #require(document.diagnostics.first?.description)
        #expect(finding.hasPrefix(want), "\(finding)")
        #expect(!finding.contains("\n"))
    }

    @Test func `only the first document is read, and that is said`() throws {
        let document = TemplateDocument(yaml: "A: 1\n---\nB: 2\n", file: "a.yaml")
        #expect(document.root == (try node("A: 1\n")))
        #expect(
            document.diagnostics.map(\.description) == [
                "a.yaml:1:1: warning: only the first document of the file is read; put the others into files"
            ])
    }

    @Test func `sizes have limits on both sides`() {
        let limit = TemplateDocument.Limits.bytesMax
        #expect(findings("A: " + String(repeating: "x", count: limit - 3)) == [])
        #expect(
            findings("A: " + String(repeating: "x", count: limit - 2)) == [
                "a.yaml:1:1: error: cannot read the template: got \(limit + 1) bytes; want at most \(limit)"
            ])
        let depth = TemplateDocument.Limits.depthMax
        #expect(findings(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)) == [])
        let deep = String(repeating: "[", count: depth + 1) + String(repeating: "]", count: depth + 1)
        #expect(findings(deep).first?.contains("got values nested deeper than \(depth)") == true)
    }

    @Test(arguments: [
        String(repeating: "[", count: 900_000), String(repeating: "{a: ", count: 200_000),
        String(repeating: "- ", count: 500_000),
    ]) func `nesting without end is refused`(_ text: String) {
        #expect(findings(text).count == 1)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["Z: *n8", "? *n8\n: x", "Z: {*n8 : x}"])
    func `aliases that multiply are refused`(_ last: String) {
        var text = "N0: &n0 [a, a, a, a, a, a, a, a, a]\n"
        for index in 1...8 {
            let uses = Array(repeating: "*n\(index - 1)", count: 9).joined(separator: ", ")
            text += "N\(index): &n\(index) [\(uses)]\n"
        }
        #expect(findings(text + last).count == 1)
    }
}
