import TrailEvents

/// `InputTransformer`: a template with placeholders, and the paths to what takes their places.
///
/// A template is JSON, in which a placeholder may be a value or part of a string, or lines that are each a text in
/// double quotes; the quotes stay. Anything else is no template that EventBridge delivers by.
package struct InputTransformer: Equatable, Sendable {
    /// Entries of `InputPathsMap`.
    package static let pathsMax = 100
    /// Longest `InputTemplate`.
    package static let templateCharactersMax = 8192
    /// What EventBridge fills in itself.
    package static let reservedNames = Reserved.allCases.map(\.rawValue)

    /// One entry of `InputPathsMap`.
    package struct Variable: Equatable, Sendable {
        package let name: String
        package let path: EventPath

        package init(name: String, path: EventPath) throws(RuleInputError) {
            guard (1...256).contains(name.utf8.count), name.utf8.allSatisfy(isVariableByte),
                !name.utf8.contains(UInt8(ascii: ".")), name.prefix(3).uppercased() != "AWS"
            else { throw .variableName(name) }
            self.name = name
            self.path = path
        }
    }

    enum Reserved: String, CaseIterable {
        case ruleARN = "aws.events.rule-arn"
        case ruleName = "aws.events.rule-name"
        case ingestionTime = "aws.events.event.ingestion-time"
        case envelope = "aws.events.event"
        case event = "aws.events.event.json"
    }

    private enum Piece: Equatable {
        case text([UInt8])
        case variable(Int, isInString: Bool)
        case reserved(Reserved, isInString: Bool)
    }

    private enum Kind: Equatable {
        case json, quotedLines, bareText
    }

    package let variables: [Variable]
    package let template: String
    package let ruleName: String
    package let ruleARN: String
    private let pieces: [Piece]
    private let kind: Kind

    /// False for a template that is neither JSON nor texts in quotes: EventBridge takes it and delivers nothing.
    package var isDeliverable: Bool { kind != .bareText }

    /// - Parameters:
    ///   - variables: `InputPathsMap`.
    ///   - template: `InputTemplate`.
    ///   - ruleName: What `aws.events.rule-name` stands for.
    ///   - ruleARN: What `aws.events.rule-arn` stands for.
    /// - Throws: What EventBridge refuses.
    package init(
        variables: [Variable], template: String, ruleName: String, ruleARN: String
    ) throws(RuleInputError) {
        guard variables.count <= Self.pathsMax else { throw .tooManyPaths(variables.count) }
        let characters = template.unicodeScalars.count
        let trimmed = String(trimmingSpace(template))
        guard !trimmed.isEmpty, characters <= Self.templateCharactersMax else { throw .templateLength(characters) }
        self.variables = variables
        self.template = template
        self.ruleName = ruleName
        self.ruleARN = ruleARN
        let indices = Dictionary(variables.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
        var scan = InputTemplateScan(Array(trimmed.utf8))
        var pieces: [Piece] = []
        while let part = scan.next() {
            switch part {
            case .text(let text): pieces.append(.text(text))
            case .placeholder(let name, let isInString):
                if let index = indices[name] {
                    pieces.append(.variable(index, isInString: isInString))
                } else if let reserved = Reserved(rawValue: name) {
                    pieces.append(.reserved(reserved, isInString: isInString))
                } else {
                    throw .unknownPlaceholder(name)
                }
            }
        }
        self.pieces = pieces
        if scan.isQuotedTexts {
            kind = .quotedLines
        } else {
            kind = try Self.isJSON(pieces, trimmed) ? .json : .bareText
        }
    }

    /// Whether the template is JSON with values in place of the placeholders; one in braces or brackets must be.
    private static func isJSON(_ pieces: [Piece], _ template: String) throws(RuleInputError) -> Bool {
        var bytes: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .text(let text): bytes += text
            // Such that nothing beside it can make another value or escape of it.
            case .variable(_, let isInString), .reserved(_, let isInString): bytes += (isInString ? "x" : "\"\"").utf8
            }
        }
        do throws(JSONTape.Fault) {
            _ = try JSONTape.whole(String(decoding: bytes, as: UTF8.self))
            return true
        } catch {
            guard template.hasPrefix("{") || template.hasPrefix("[") else { return false }
            throw .template(
                got: error.got, want: error.want,
                line: 1 + bytes.prefix(error.offset).count { $0 == UInt8(ascii: "\n") })
        }
    }

    /// What the target gets; `nil` when nothing is delivered: of a bare text, of an object or array within a string of
    /// a JSON template, and of more than ``RuleInput/bytesMax`` bytes.
    func text(of event: String, ingestionTime: String?) -> String? {
        guard isDeliverable, let tape = try? JSONTape.whole(event) else { return nil }
        let time = ingestionTime ?? eventTime(tape)
        var found: [Int: EventPath.Found] = [:]
        var result = InputText()
        for piece in pieces {
            switch piece {
            case .text(let text): result.append(text)
            case .variable(let index, let isInString):
                let value = found[index] ?? variables[index].path.find(in: tape)
                found[index] = value
                guard write(value, of: tape, isInString: isInString, to: &result) else { return nil }
            case .reserved(let name, let isInString):
                let form: InputText.Form = isInString ? .inString : .json
                switch name {
                case .ruleARN: result.append(ruleARN, form)
                case .ruleName: result.append(ruleName, form)
                case .ingestionTime: result.append(time, form)
                case .envelope, .event:
                    guard kind == .quotedLines || !isInString else { return nil }
                    if name == .event {
                        result.append(0, of: tape, form)
                    } else {
                        result.appendEnvelope(of: tape, time: time, form)
                    }
                }
            }
        }
        return result.text
    }

    /// False when the value has no place in a string of JSON.
    private func write(
        _ value: EventPath.Found, of tape: JSONTape, isInString: Bool, to result: inout InputText
    ) -> Bool {
        let form: InputText.Form = isInString ? .inString : .json
        switch value {
        case .nothing: result.append("", form)
        case .value(let index):
            let isContainer = tape.nodes[index].kind == .object || tape.nodes[index].kind == .array
            guard kind == .quotedLines || !isInString || !isContainer else { return false }
            result.append(index, of: tape, form)
        case .values(let indices):
            guard kind == .quotedLines || !isInString else { return false }
            result.append(indices, of: tape, form)
        }
        return true
    }

    private func eventTime(_ tape: JSONTape) -> String {
        for child in tape.children(of: 0) where tape.bytes[tape.nodes[child].name].elementsEqual("time".utf8) {
            return String(decoding: tape.text(of: tape.nodes[child]), as: UTF8.self)
        }
        return ""
    }
}
