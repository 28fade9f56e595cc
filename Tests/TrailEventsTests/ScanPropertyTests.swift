import Testing
import TrailEvents

/// Random documents from fixed seeds against a reference that walks the tree.
struct ScanPropertyTests {
    private static let names = [
        "a", "b", "c", "eventName", "x y", "é", "\"q\"", "", "longer-than-eight-bytes", "longer-than-eight-bytez",
    ]

    private func tree(_ random: inout SplitMix64, depth: Int) -> JSONTree {
        switch random.below(depth > 4 ? 5 : 9) {
        case 0: return .literal(["null", "true", "false"][random.below(3)])
        case 1: return .literal(["0", "-12", "3.25", "1e3", "-0.5E-7"][random.below(5)])
        case 2: return .string("")
        case 3: return .string(["AccessDenied", "a\"b\\c", "{}[],:", "line\nend\t", "😀é\u{1}"][random.below(5)])
        case 4: return .string(String(repeating: "long ", count: random.below(20)))
        case 5, 6: return .array((0..<random.below(4)).map { _ in tree(&random, depth: depth + 1) })
        default: return object(&random, depth: depth)
        }
    }

    private func object(_ random: inout SplitMix64, depth: Int) -> JSONTree {
        var names = Self.names
        random.shuffle(&names)
        return .object(names.prefix(random.below(7)).map { ($0, tree(&random, depth: depth + 1)) })
    }

    private func randomPath(_ random: inout SplitMix64) -> [PathStep] {
        (0...random.below(4)).map { position in
            switch random.below(10) {
            case 0: .anyMember
            case 1 where position > 0: .anyElement
            case 2, 3: position > 0 ? .element(random.below(3)) : .member("a")
            default: .member(Self.names[random.below(Self.names.count)])
            }
        }
    }

    private func reference(_ tree: JSONTree, _ path: ArraySlice<PathStep>) -> [ScannedValue] {
        guard let step = path.first else {
            switch tree {
            case .string(let text): return [ScannedValue(kind: .string, text: text)]
            case .array: return [ScannedValue(kind: .array, text: "")]
            case .object: return [ScannedValue(kind: .object, text: "")]
            case .literal(let text):
                let kinds: [String: ValueKind] = ["null": .null, "true": .true, "false": .false]
                return [ScannedValue(kind: kinds[text] ?? .number, text: text)]
            }
        }
        let rest = path.dropFirst()
        switch (tree, step) {
        case (.object(let members), .member(let name)):
            return members.filter { $0.name == name }.flatMap { reference($0.value, rest) }
        case (.object(let members), .anyMember): return members.flatMap { reference($0.value, rest) }
        case (.array(let elements), .element(let index)):
            return index < elements.count ? reference(elements[index], rest) : []
        case (.array(let elements), .anyElement): return elements.flatMap { reference($0, rest) }
        default: return []
        }
    }

    @Test(arguments: 1...8)
    func `every form of a record gives the same values`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for round in 1...60 {
            let record = object(&random, depth: 0)
            let paths = (0..<20).map { _ in randomPath(&random) }
            let want = paths.map { reference(record, $0[...]) }
            let plain = record.plain
            #expect(try scanRecord(plain, paths) == want, "seed \(seed) round \(round): \(plain)")
            let mangled = record.mangled(&random)
            let found = try scanRecord(mangled, paths)
            // Unknown members are values of a wildcard too, and order is not kept.
            for (path, (got, want)) in zip(paths, zip(found, want)) where !path.contains(.anyMember) {
                let isOrdered = !path.contains(.anyElement)
                #expect(
                    isOrdered ? got == want : Set(got) == Set(want) && got.count == want.count,
                    "seed \(seed) round \(round): \(path) in \(mangled)")
            }
        }
    }

    @Test(arguments: 31...34)
    func `a scanner that has seen other records gives the same values`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var table = FieldTable()
        // Mostly without wildcards: there names are guessed from the records before.
        let paths = (0..<30).map { number in
            randomPath(&random).filter { !$0.isWildcard || number > 25 }
        }
        let fields = paths.map { table.add($0) }
        var scanner = RecordScanner(table)
        // Few shapes in turn, so that guesses hold, change and fail.
        let shapes = (0..<6).map { _ in object(&random, depth: 0) }
        for round in 1...400 {
            let record = shapes[random.below(random.below(4) == 0 ? 6 : 2)]
            let isMangled = random.below(3) == 0
            let text = isMangled ? record.mangled(&random) : record.plain
            var found: [[ScannedValue]] = []
            try scanner.scan(record: LogText(text)) { view in
                for field in fields { found.append(view.scanned(field)) }
            }
            for (path, found) in zip(paths, found) where !isMangled || !path.contains(where: \.isWildcard) {
                #expect(found == reference(record, path[...]), "seed \(seed) round \(round): \(path) in \(text)")
            }
        }
    }

    @Test(arguments: 11...14)
    func `what comes before in repeated keys leaves no trace`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for round in 1...60 {
            guard case .object(let members) = object(&random, depth: 0) else { continue }
            let decoys = members.map { ($0.name, tree(&random, depth: 1)) }
            let record = JSONTree.object(members)
            let repeated = JSONTree.object(decoys + members)
            let paths = (0..<20).map { _ in randomPath(&random) }.filter { $0.first != .anyMember }
            let found = try scanRecord(repeated.plain, paths)
            #expect(found == paths.map { reference(record, $0[...]) }, "seed \(seed) round \(round): \(repeated.plain)")
        }
    }

    private static let file = #"""
        {"a":[1,"\u00e9"],"Records":[{"eventName":"Get\"Object","userIdentity":{"type":"Root","x":[{}]},
        "resources":[{"ARN":"arn:1"},{"ARN":null,"type":"t"}],"n":-1.5e3,"t":true,"f":false},{"eventID":"x"}]}
        """#

    @Test func `a file cut anywhere is refused`() {
        let bytes = Array(Self.file.utf8)
        #expect(fileError(bytes) == nil)
        for length in 0..<bytes.count {
            #expect(fileError(bytes[..<length]) != nil, "cut after \(length) bytes")
        }
    }

    @Test func `no changed byte makes a scan crash or find values outside the text`() {
        let bytes = Array(Self.file.utf8)
        var table = FieldTable()
        for path in ["a", "*", "userIdentity.*", "resources.#.*", "resources.1"] {
            _ = table.add(TrailEventsTests.path(path))
        }
        var scanner = RecordScanner(table)
        var scans = 0
        for position in bytes.indices {
            for change in [0x00, 0x20, 0x22, 0x2C, 0x30, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0xFF] as [UInt8] {
                var changed = bytes
                changed[position] = change
                _ = try? scanner.scan(
                    LogText(changed),
                    onRecord: { record in
                        #expect(record.recordRange.upperBound <= bytes.count)
                        for index in 0..<table.count {
                            for value in record.values(FieldID(index: index)) {
                                let isInside = value.start <= value.end && value.end <= record.recordRange.upperBound
                                #expect(isInside, "byte \(position) as \(change)")
                                _ = record.string(of: value)
                            }
                        }
                    })
                scans += 1
            }
        }
        #expect(scans == bytes.count * 11)
    }

    @Test(arguments: 21...24)
    func `random bytes never crash`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array(#"{}[]",:\utrfn0-1eE. Records"#.utf8)
        for _ in 1...2000 {
            let tail = (0..<random.below(40)).map { _ in alphabet[random.below(alphabet.count)] }
            _ = fileError(tail)
            _ = fileError(Array(#"{"Records":[{"#.utf8) + tail)
        }
    }
}

extension PathStep {
    fileprivate var isWildcard: Bool { self == .anyMember || self == .anyElement }
}
