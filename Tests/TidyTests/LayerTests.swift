import Foundation
import Testing

/// Holds the layers: the compiler lets a target import what it did not declare, these tests do not.
struct LayerTests {
    @Test func `every target imports only what its layer allows`() throws {
        for target in try Checkout.targets() {
            let layer = try #require(
                Layer.table[target], "Sources/\(target) is not in the table of layers; want a row for it")
            guard case .only(let allowed) = layer else { continue }
            for file in try Checkout.swiftFiles(under: "Sources/\(target)") {
                for (number, line) in try file.lines().enumerated() {
                    guard let module = importedModule(line) else { continue }
                    #expect(
                        allowed.contains(module),
                        "\(file.path):\(number + 1) imports \(module); want one of \(allowed.sorted())")
                }
            }
        }
    }

    @Test func `a core target's row holds only core targets and Synchronization`() {
        for target in Layer.core {
            guard case .only(let allowed)? = Layer.table[target] else {
                Issue.record("\(target) has no closed row")
                continue
            }
            #expect(allowed.subtracting(Layer.core) == ["Synchronization"], "\(target)")
        }
    }

    @Test func `the imports of the core have no cycle`() {
        var placed: Set<String> = []
        var waiting = Layer.core
        while let next = waiting.first(where: { Layer.trailImports(of: $0).isSubset(of: placed) }) {
            placed.insert(next)
            waiting.remove(next)
        }
        #expect(waiting.isEmpty)
    }

    @Test func `there are at most 14 library targets`() throws {
        let libraries = try Checkout.targets().filter { $0.hasPrefix("Trail") }
        #expect(libraries.count >= Layer.core.count)
        #expect(libraries.count <= 14, "\(libraries.sorted())")
    }

    @Test(
        arguments: [
            ("import TrailModel", "TrailModel"),
            ("  package import TrailModel", "TrailModel"),
            ("@testable import TrailModel // why", "TrailModel"),
            ("@preconcurrency package import NIOCore", "NIOCore"),
            ("import struct Foundation.URL", "Foundation"),
            ("@_spi(Testing) import Logging", "Logging"),
            ("import\tGlibc;", "Glibc"),
            ("/// import TrailModel", nil),
            ("// import TrailModel", nil),
            ("let important = 1", nil),
            ("importing(all)", nil),
        ] as [(String, String?)])
    func `the module of an import line is found`(line: String, module: String?) {
        #expect(importedModule(line) == module)
    }
}

/// What the targets of one name may import.
private enum Layer {
    case only(Set<String>)
    /// The parts that put everything together.
    case anything

    static let table: [String: Layer] = [
        "TrailModel": core([]),
        "TrailEvents": core(["TrailModel"]),
        "TrailPatterns": core(["TrailModel", "TrailEvents"]),
        "TrailCounts": core(["TrailModel", "TrailEvents", "TrailPatterns"]),
        "TrailBlocks": core(["TrailModel"]),
        "TrailAlarms": core(["TrailModel"]),
        "TrailTemplates": core(["TrailModel", "TrailPatterns", "TrailAlarms"]),
        "TrailExposition": core(["TrailModel"]),
        "TrailGenerator": core(["TrailModel"]),
        "TrailYAML": .only(["TrailModel", "TrailTemplates", "Foundation", "Yams"]),
        "TrailSources": .only(
            [
                "TrailModel", "TrailEvents", "AsyncHTTPClient", "CZlib", "Crypto", "Foundation", "Glibc", "Logging",
                "NIOCore", "NIOHTTP1", "Synchronization",
            ]),
        "TrailStore": .only(
            [
                "TrailModel", "TrailEvents", "TrailPatterns", "TrailCounts", "TrailBlocks", "TrailAlarms",
                "Foundation", "Glibc", "GRDB", "Logging", "Synchronization",
            ]),
        "TrailNotify": .only(
            [
                "TrailModel", "TrailAlarms", "AsyncHTTPClient", "Crypto", "CryptoExtras", "Foundation", "Logging",
                "NIOCore", "NIOHTTP1", "SwiftASN1", "Synchronization", "X509",
            ]),
        "TrailServer": .anything,
        "trailwatch": .anything,
        "trailwatch-bench": .anything,
    ]

    /// Pure targets: the standard library, `Synchronization` and each other.
    static let core: Set<String> = [
        "TrailModel", "TrailEvents", "TrailPatterns", "TrailCounts", "TrailBlocks", "TrailAlarms", "TrailTemplates",
        "TrailExposition", "TrailGenerator",
    ]

    private static func core(_ targets: Set<String>) -> Layer {
        .only(targets.union(["Synchronization"]))
    }

    static func trailImports(of target: String) -> Set<String> {
        guard case .only(let allowed)? = table[target] else { return [] }
        return allowed.intersection(core)
    }
}

/// The top-level module that a line imports; `nil` for any other line.
private func importedModule(_ line: String) -> String? {
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
    let access: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    var words = line.split { $0.isWhitespace || $0 == ";" }[...]
    while let first = words.first, first.hasPrefix("@") || access.contains(first) { words.removeFirst() }
    guard words.popFirst() == "import" else { return nil }
    if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
    return words.first?.split(separator: ".").first.map(String.init)
}
