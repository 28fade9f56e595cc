import Testing
import TrailModel
import TrailSources

private func element(_ text: String) throws -> XMLTree { try XMLTree.read(Array(text.utf8)) }

private let pageText = """
    <?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>trail</Name><Prefix>a%20b/</Prefix>
    <KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
    <NextContinuationToken>1ueG&amp;cXk/=</NextContinuationToken>
    <Contents><Key>a+b/%C3%BC%2B1.json.gz</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>
    <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size><StorageClass>STANDARD</StorageClass>
    <Owner><ID>7</ID></Owner></Contents>
    <Contents><Key>a+b/100%.json</Key><Size>0</Size></Contents>
    <CommonPrefixes><Prefix>a%20b/2026/</Prefix></CommonPrefixes></ListBucketResult>
    """

@Suite struct S3PageTests {
    @Test func `a page holds objects, folders and how to go on`() throws {
        let page = try S3Page(Array(pageText.utf8))
        #expect(
            page.objects == [
                S3Object(
                    key: "a b/ü+1.json.gz", size: 434_234, etag: "\"fba9dede5f27731c9771645a39863328\"",
                    lastModified: Timestamp(rfc3339: "2026-01-02T03:04:05Z")),
                S3Object(key: "a b/100%.json", size: 0),
            ])
        #expect(page.commonPrefixes == ["a b/2026/"])
        #expect(page.isTruncated)
        #expect(page.continuationToken == "1ueG&cXk/=")
        #expect(page.next == "a b/100%.json")
    }

    @Test func `keys are taken as they are when the server did not encode them`() throws {
        let text = "<ListBucketResult><Contents><Key>a+b%20&lt;</Key><Size>1</Size></Contents></ListBucketResult>"
        #expect(try S3Page(Array(text.utf8)).objects.map(\.key) == ["a+b%20<"])
    }

    @Test func `a key that is not UTF-8 is left out`() throws {
        let text = pageText.replacing("%C3%BC", with: "%C3")
        #expect(try S3Page(Array(text.utf8)).objects.map(\.key) == ["a b/100%.json"])
    }

    @Test func `an answer of another kind is no page`() {
        #expect(throws: XMLError.malformed(at: 0)) { try S3Page(Array("<html></html>".utf8)) }
        #expect(throws: XMLError.self) { try S3Page([]) }
    }

    @Test func `elements have names without prefixes, texts and children`() throws {
        let root = try element(
            "\u{FEFF}<?xml version='1.0'?><!-- <a> --><s:r a='<>' b=\"/\"><x/>t<![CDATA[<&>]]>&#65;&#x42;<y >1</y></s:r>\n"
        )
        #expect(root.name == "r")
        #expect(root.text == "t<&>AB")
        #expect(root.children.map(\.name) == ["x", "y"])
        #expect(root.text(of: "y") == "1")
        #expect(root.descendant("y")?.text == "1")
        #expect(root.descendant("z") == nil)
    }

    @Test(
        arguments: [
            "", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a/>x", "<a b='></a>", "<a", "<a b", "<>", "< a/>",
            "<a>&nbsp;</a>", "<a>&amp</a>", "<a>&#xD800;</a>", "<a>&#;</a>", "<a><!-- </a>", "<a><![CDATA[</a>",
            "<?xml",
            "<a <b/></a>", "<![CDATA[x]]>",
        ])
    func `bytes that are no XML are refused`(text: String) {
        #expect(throws: XMLError.self) { try element(text) }
    }

    @Test func `a document type is refused, so that no entity can grow`() {
        let text = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>"
        #expect(throws: XMLError.documentType(at: 0)) { try element(text) }
    }

    @Test func `depth and number of elements have limits`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        _ = try element(nested(XMLTree.depthMax))
        #expect(throws: XMLError.tooDeep(max: XMLTree.depthMax)) { try element(nested(XMLTree.depthMax + 1)) }
        func wide(_ count: Int) -> String { "<r>" + String(repeating: "<a/>", count: count - 1) + "</r>" }
        #expect(try element(wide(XMLTree.elementsMax)).children.count == XMLTree.elementsMax - 1)
        #expect(throws: XMLError.tooManyElements(max: XMLTree.elementsMax)) {
            try element(wide(XMLTree.elementsMax + 1))
        }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `damaged bytes are read or refused, never worse`(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        var refused = 0
        for _ in 0..<2000 {
            var bytes = Array(pageText.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.removeSubrange(index...)
                default: bytes.insert(contentsOf: bytes[index...].prefix(40), at: index)
                }
                if bytes.isEmpty { bytes = [60] }
            }
            if (try? S3Page(bytes)) == nil { refused += 1 }
        }
        #expect((1..<2000).contains(refused), "seed \(seed): \(refused)")
    }
}
