// SQLite asks for its files through C structs of function pointers. This file puts its own in between, so that a test
// can fail any call to the disk; for that it uses raw pointers and `nonisolated(unsafe)`, as no other test does.
import Foundation
import GRDBSQLite
import Synchronization

/// The disk under one directory, of which chosen calls fail.
///
/// Files elsewhere are SQLite's own business: what other tests do at the same time is not touched.
final class FaultyDisk: Sendable {
    enum Call: Hashable, CaseIterable {
        case open, delete, read, size, write, sync, truncate, lock, map

        /// Those that a store which only reads does not make.
        static let changing: Set<Call> = [.open, .delete, .write, .sync, .truncate, .map]
        static let reading: Set<Call> = [.read, .size, .lock]
    }

    enum Kind: CaseIterable {
        /// One call fails, with half of its bytes written if it is a write.
        case error
        case full
        /// No call after it does anything: the process is as good as killed.
        case death
        /// Likewise, and of what was not synced any part is lost.
        case powerLoss

        var isLast: Bool { self == .death || self == .powerLoss }
    }

    /// What one call changed in a file since it was last synced.
    fileprivate struct Change {
        let offset: Int
        /// `nil` for a file that was cut at the offset.
        let bytes: [UInt8]?
        let sizeBefore: Int
        let before: [UInt8]
    }

    private struct State {
        var calls: Set<Call> = []
        var kind = Kind.error
        /// Calls until the one that fails; `nil` when none is to fail.
        var remaining: Int?
        var hasFailed = false
        var isDead = false
        var unsynced: [String: [Change]] = [:]
    }

    private let directory: String
    private let state = Mutex(State())

    init(directory: String) {
        self.directory = directory
        shim.disks.withLock { $0[directory] = self }
    }

    /// Ends the tests of this disk.
    func remove() { shim.disks.withLock { $0[directory] = nil } }

    /// Lets call number `number` of `calls` fail, from 1.
    func fail(_ number: Int, of calls: Set<Call>, _ kind: Kind) {
        state.withLock { $0 = State(calls: calls, kind: kind, remaining: number) }
    }

    var hasFailed: Bool { state.withLock { $0.hasFailed } }

    /// Lets no more calls fail; after a loss of power some of what was not synced is gone.
    func heal(using random: inout some RandomNumberGenerator) throws {
        let (unsynced, isPowerLoss) = state.withLock { state in
            defer { state = State() }
            return (state.unsynced, state.kind == .powerLoss && state.isDead)
        }
        guard isPowerLoss else { return }
        for (path, changes) in unsynced where FileManager.default.fileExists(atPath: path) {
            var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            for change in changes.reversed() { change.undo(in: &bytes) }
            // A disk writes what it likes first.
            for change in changes where Bool.random(using: &random) { change.redo(in: &bytes) }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
    }

    /// What is to become of a call that is about to be made; `nil` when it is to be made.
    fileprivate func outcome(of call: Call) -> Kind? {
        state.withLock { state in
            if state.isDead { return .death }
            guard let left = state.remaining, state.calls.contains(call) else { return nil }
            state.remaining = left > 1 ? left - 1 : nil
            guard left <= 1 else { return nil }
            state.hasFailed = true
            state.isDead = state.kind.isLast
            return state.kind
        }
    }

    fileprivate var notesChanges: Bool { state.withLock { $0.kind == .powerLoss && !$0.isDead } }

    fileprivate func note(_ path: String, offset: Int, bytes: [UInt8]?) {
        let old = (try? Data(contentsOf: URL(fileURLWithPath: path))).map { Array($0) } ?? []
        let end = bytes.map { offset + $0.count } ?? old.count
        let before = Array(old[min(offset, old.count)..<max(min(end, old.count), min(offset, old.count))])
        let change = Change(offset: offset, bytes: bytes, sizeBefore: old.count, before: before)
        state.withLock { $0.unsynced[path, default: []].append(change) }
    }

    fileprivate func noteSync(_ path: String) {
        state.withLock { $0.unsynced[path] = nil }
    }

    fileprivate static func disk(of path: UnsafePointer<CChar>?) -> (disk: FaultyDisk, path: String)? {
        guard let path else { return nil }
        let name = String(cString: path)
        return shim.disks.withLock { disks in
            disks.first { name.hasPrefix($0.key + "/") }.map { ($0.value, name) }
        }
    }
}

extension FaultyDisk.Change {
    fileprivate func undo(in file: inout [UInt8]) {
        if file.count < sizeBefore { file += [UInt8](repeating: 0, count: sizeBefore - file.count) }
        if file.count > sizeBefore { file.removeLast(file.count - sizeBefore) }
        file.replaceSubrange(offset..<(offset + before.count), with: before)
    }

    fileprivate func redo(in file: inout [UInt8]) {
        guard let bytes else {
            if file.count > offset { file.removeLast(file.count - offset) }
            return
        }
        let end = offset + bytes.count
        if file.count < end { file += [UInt8](repeating: 0, count: end - file.count) }
        file.replaceSubrange(offset..<end, with: bytes)
    }
}

// MARK: SQLite's interface

/// What a file handle of ours holds before the one of the system.
private struct Header {
    var base: sqlite3_file
    var file: Unmanaged<OpenFile>
}

private final class OpenFile: Sendable {
    let disk: FaultyDisk
    let path: String

    init(disk: FaultyDisk, path: String) {
        self.disk = disk
        self.path = path
    }
}

private let headerBytes = (MemoryLayout<Header>.size + 15) / 16 * 16

private typealias File = UnsafeMutablePointer<sqlite3_file>

private func real(_ file: File?) -> File? {
    file.map { (UnsafeMutableRawPointer($0) + headerBytes).assumingMemoryBound(to: sqlite3_file.self) }
}

private func opened(_ file: File?) -> OpenFile? {
    file.map {
        UnsafeMutableRawPointer($0).assumingMemoryBound(to: Header.self).pointee.file.takeUnretainedValue()
    }
}

private func methods(_ file: File?) -> sqlite3_io_methods? { real(file)?.pointee.pMethods?.pointee }

private func code(_ kind: FaultyDisk.Kind, _ error: CInt) -> CInt { kind == .full ? SQLITE_FULL : error }

/// Every extended code of SQLite is one of `SQLITE_IOERR` and a number.
private func inputError(_ number: CInt) -> CInt { SQLITE_IOERR | number << 8 }

/// Stands before the system's own files as SQLite's default.
private final class Shim: Sendable {
    let disks = Mutex<[String: FaultyDisk]>([:])
    nonisolated(unsafe) let system: UnsafeMutablePointer<sqlite3_vfs>?
    nonisolated(unsafe) let fileMethods: UnsafeMutablePointer<sqlite3_io_methods>
    private nonisolated(unsafe) let own: UnsafeMutablePointer<sqlite3_vfs>

    init() {
        sqlite3_initialize()
        system = sqlite3_vfs_find(nil)
        fileMethods = .allocate(capacity: 1)
        fileMethods.initialize(to: Self.makeMethods())
        var vfs = system?.pointee ?? sqlite3_vfs()
        vfs.szOsFile += CInt(headerBytes)
        vfs.pNext = nil
        vfs.zName = UnsafePointer(strdup("trailwatch-faulty"))
        vfs.xOpen = { _, name, file, flags, outFlags in Shim.open(name, file, flags, outFlags) }
        vfs.xDelete = { _, name, syncsDirectory in
            if let kind = FaultyDisk.disk(of: name)?.disk.outcome(of: .delete) { return code(kind, inputError(10)) }
            return shim.system?.pointee.xDelete?(shim.system, name, syncsDirectory) ?? SQLITE_ERROR
        }
        own = .allocate(capacity: 1)
        own.initialize(to: vfs)
        sqlite3_vfs_register(own, 1)
    }

    private static func open(
        _ name: UnsafePointer<CChar>?, _ file: File?, _ flags: CInt, _ outFlags: UnsafeMutablePointer<CInt>?
    ) -> CInt {
        guard let system = shim.system, let file else { return SQLITE_ERROR }
        guard let (disk, path) = FaultyDisk.disk(of: name) else {
            return system.pointee.xOpen?(system, name, file, flags, outFlags) ?? SQLITE_ERROR
        }
        file.pointee.pMethods = nil
        if let kind = disk.outcome(of: .open) { return code(kind, SQLITE_CANTOPEN) }
        let result = system.pointee.xOpen?(system, name, real(file), flags, outFlags) ?? SQLITE_ERROR
        guard result == SQLITE_OK, real(file)?.pointee.pMethods != nil else { return result }
        let header = UnsafeMutableRawPointer(file).assumingMemoryBound(to: Header.self)
        header.initialize(
            to: Header(
                base: sqlite3_file(pMethods: shim.fileMethods),
                file: Unmanaged.passRetained(OpenFile(disk: disk, path: path))))
        return SQLITE_OK
    }

    private static func makeMethods() -> sqlite3_io_methods {
        var table = sqlite3_io_methods()
        // Without memory-mapped files, which the store does not use.
        table.iVersion = 2
        table.xClose = { file in
            let result = methods(file)?.xClose?(real(file)) ?? SQLITE_OK
            if let file {
                UnsafeMutableRawPointer(file).assumingMemoryBound(to: Header.self).pointee.file.release()
                file.pointee.pMethods = nil
            }
            return result
        }
        addReading(to: &table)
        addWriting(to: &table)
        addSharing(to: &table)
        return table
    }

    private static func addReading(to table: inout sqlite3_io_methods) {
        table.xRead = { file, buffer, count, offset in
            if let kind = opened(file)?.disk.outcome(of: .read) { return kind == .full ? SQLITE_NOMEM : inputError(1) }
            return methods(file)?.xRead?(real(file), buffer, count, offset) ?? SQLITE_ERROR
        }
        table.xFileSize = { file, size in
            if opened(file)?.disk.outcome(of: .size) != nil { return inputError(7) }
            return methods(file)?.xFileSize?(real(file), size) ?? SQLITE_ERROR
        }
        table.xCheckReservedLock = { methods($0)?.xCheckReservedLock?(real($0), $1) ?? SQLITE_ERROR }
        table.xFileControl = { methods($0)?.xFileControl?(real($0), $1, $2) ?? SQLITE_NOTFOUND }
        table.xSectorSize = { methods($0)?.xSectorSize?(real($0)) ?? 4096 }
        table.xDeviceCharacteristics = { methods($0)?.xDeviceCharacteristics?(real($0)) ?? 0 }
    }

    private static func addWriting(to table: inout sqlite3_io_methods) {
        table.xWrite = { file, buffer, count, offset in
            guard let open = opened(file) else { return SQLITE_ERROR }
            let kind = open.disk.outcome(of: .write)
            let written = kind == nil ? count : kind?.isLast == true ? 0 : count / 2
            if open.disk.notesChanges, let buffer {
                let bytes = Array(UnsafeRawBufferPointer(start: buffer, count: Int(written)))
                open.disk.note(open.path, offset: Int(offset), bytes: bytes)
            }
            let result = written > 0 ? methods(file)?.xWrite?(real(file), buffer, written, offset) : SQLITE_OK
            return kind.map { code($0, inputError(3)) } ?? result ?? SQLITE_ERROR
        }
        table.xTruncate = { file, size in
            guard let open = opened(file) else { return SQLITE_ERROR }
            if let kind = open.disk.outcome(of: .truncate) { return code(kind, inputError(6)) }
            if open.disk.notesChanges { open.disk.note(open.path, offset: Int(size), bytes: nil) }
            return methods(file)?.xTruncate?(real(file), size) ?? SQLITE_ERROR
        }
        table.xSync = { file, _ in
            guard let open = opened(file) else { return SQLITE_ERROR }
            if let kind = open.disk.outcome(of: .sync) { return code(kind, inputError(4)) }
            open.disk.noteSync(open.path)
            // Nothing is waited for: it is not the machine that ends here.
            return SQLITE_OK
        }
    }

    private static func addSharing(to table: inout sqlite3_io_methods) {
        table.xLock = { file, level in
            if opened(file)?.disk.outcome(of: .lock) != nil { return inputError(15) }
            return methods(file)?.xLock?(real(file), level) ?? SQLITE_ERROR
        }
        // What lets go of something must not fail: SQLite does not ask.
        table.xUnlock = { methods($0)?.xUnlock?(real($0), $1) ?? SQLITE_ERROR }
        table.xShmMap = { file, page, size, extends, memory in
            if let kind = opened(file)?.disk.outcome(of: .map) { return code(kind, inputError(21)) }
            return methods(file)?.xShmMap?(real(file), page, size, extends, memory) ?? SQLITE_ERROR
        }
        table.xShmLock = { file, offset, count, flags in
            let isUnlock = flags & SQLITE_SHM_UNLOCK != 0
            if !isUnlock, opened(file)?.disk.outcome(of: .lock) != nil { return inputError(20) }
            return methods(file)?.xShmLock?(real(file), offset, count, flags) ?? SQLITE_ERROR
        }
        table.xShmBarrier = { methods($0)?.xShmBarrier?(real($0)) }
        table.xShmUnmap = { methods($0)?.xShmUnmap?(real($0), $1) ?? SQLITE_ERROR }
    }
}

private let shim = Shim()
