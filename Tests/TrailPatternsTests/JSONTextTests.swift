import Testing
import TrailEvents
import TrailPatterns

struct JSONTextTests {
    private static let text = """
        {"a":{"b":"x\\ny","n":1.50,"no":null,"t":true},"list":[{"k":"v"},2,[]],"empty":{},"a b":"c","twice":1,"twice":2}
        """

    @Test func `members are found by their names, the last of repeated ones`() throws {
        let json = try #require(JSONText(Self.text))
        #expect(json.kind == .object)
        #expect(json.text("a", "b") == "x\ny")
        #expect(json.text("a", "n") == "1.50")
        #expect(json.text("a", "t") == "true")
        #expect(json.text("list") == #"[{"k":"v"},2,[]]"#)
        #expect(json.text("twice") == "2")
        #expect(json.text() == json.text)
        #expect(
            [json.text("a", "no"), json.text("b"), json.text("a", "b", "c"), json.text("list", "k")]
                == Array(repeating: nil, count: 4))
    }

    @Test func `leaves come in the order of the text, as many as are asked for`() throws {
        let json = try #require(JSONText(Self.text))
        let all = json.leaves(max: 99).map { "\($0.path)=\($0.text)" }
        #expect(
            all == [
                "a.b=x\ny", "a.n=1.50", "a.no=null", "a.t=true", "list[0].k=v", "list[1]=2", "a b=c", "twice=1",
                "twice=2",
            ])
        #expect(json.leaves(max: 3).map(\.path) == ["a.b", "a.n", "a.no"])
        #expect(JSONText("\"x\"")?.leaves(max: 9) == [.init(path: "", text: "x")])
    }

    @Test(arguments: ["", "{", "\"a\" \"b\"", "nul", String(repeating: "[", count: 300)])
    func `what is no JSON is none`(text: String) {
        #expect(JSONText(text)?.text == nil)
    }
}
