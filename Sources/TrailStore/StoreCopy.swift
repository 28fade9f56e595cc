import Foundation
import GRDB
import Glibc

/// A copy of a store in one file, made beside whoever writes the store.
///
/// SQLite's online backup copies pages as they are, at the speed of the disk and with a line of progress; `VACUUM INTO`
/// would build every tree anew, several times as slow, and does not sync what it writes. The copy is made inside one
/// reading transaction: it is the store after one commit, and never starts over because another process writes.
/// The writer waits for nothing; only its log cannot be emptied until the copy is done.
package struct StoreCopy: Sendable {
    /// 4 MiB.
    private static let pagesPerStep: CInt = 1024

    /// Size of the copy.
    package let bytes: Int64

    /// Copies the store of `reader` into the file `path`, which appears when it is whole and on the disk.
    ///
    /// - Parameters:
    ///   - reader: The store that is copied.
    ///   - path: The file; until it is whole it stands beside under another name.
    ///   - replacesFile: Whether a file of this name may be there.
    ///   - progress: Is called with the pages copied and those there are.
    ///   - inspect: Is called with the name of the finished copy before it appears; when it throws, nothing does.
    /// - Throws: ``StoreError`` when the file is there already or cannot be written; what `inspect` throws.
    package init(
        of reader: StoreReader, to path: String, replacesFile: Bool,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }, inspect: (_ file: String) throws -> Void = { _ in }
    ) throws {
        guard !Self.isSameFile(path, reader.path) else {
            throw StoreError.copyOfItself(path: path)
        }
        guard replacesFile || !FileManager.default.fileExists(atPath: path) else {
            throw StoreError.fileExists(path: path)
        }
        let partial = "\(path).\(getpid()).partial"
        Self.remove(partial)
        defer { Self.remove(partial) }
        do {
            try Self.copy(reader, to: partial, progress: progress)
        } catch let error as DatabaseError {
            // The extended code says which read or write it was.
            let reason = "\(error.message ?? "no reason") (\(error.extendedResultCode))"
            throw StoreError.cannotCopy(path: path, reason: reason)
        }
        try Self.sync(partial)
        bytes = try Self.size(of: partial)
        try inspect(partial)
        try Self.rename(partial, to: path, replacesFile: replacesFile)
        try Self.sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    private static func copy(
        _ reader: StoreReader, to path: String, progress: (Int, Int) -> Void
    ) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            // Nobody reads the file before it is whole and synced.
            try db.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        }
        let copy = try DatabaseQueue(path: path, configuration: configuration)
        try reader.database.read { source in
            // The moment that is copied begins with the first thing read.
            _ = try Schema.version(of: source)
            try copy.writeWithoutTransaction { target in
                try withoutActuallyEscaping(progress) { progress in
                    try source.backup(to: target, pagesPerStep: pagesPerStep) { step in
                        progress(step.completedPageCount, step.totalPageCount)
                    }
                }
            }
        }
        try copy.close()
        // One file, without a log beside it.
        let whole = try DatabaseQueue(path: path)
        try whole.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try whole.close()
    }

    /// Removes what there is of a copy that is not whole; after a fault its journal stays beside it.
    private static func remove(_ partial: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: partial + suffix) }
    }

    private static func isSameFile(_ first: String, _ second: String) -> Bool {
        let paths = [first, second].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
        return paths[0] == paths[1]
    }

    private static func size(of path: String) throws -> Int64 {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.size] as? NSNumber)?.int64Value ?? 0
    }

    /// Waits until a file, or the names in a directory, are on the disk.
    private static func sync(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemFault(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemFault(path) }
    }

    private static func rename(_ from: String, to path: String, replacesFile: Bool) throws(StoreError) {
        // A link never takes the place of a file that has come meanwhile; a disk without links is renamed on.
        if !replacesFile, link(from, path) == 0 { return }
        guard replacesFile || [EPERM, EOPNOTSUPP, ENOSYS].contains(errno) else {
            throw errno == EEXIST ? .fileExists(path: path) : systemFault(path)
        }
        guard Glibc.rename(from, path) == 0 else { throw systemFault(path) }
    }

    private static func systemFault(_ path: String) -> StoreError {
        .cannotCopy(path: path, reason: String(cString: strerror(errno)))
    }
}

extension Store {
    /// Puts the copy of a store into `directory`, checked before it takes effect.
    ///
    /// - Parameters:
    ///   - copy: A store or the copy of one.
    ///   - directory: The data directory; it is made when it is not there.
    ///   - replacesStore: Whether a store that is there may go.
    ///   - progress: Is called with the pages copied and those there are.
    ///   - checking: Is called with the rows of the copy looked at and those there are.
    ///   - damaged: Is called with what is wrong with the copy before the error is thrown.
    /// - Returns: What was put there.
    /// - Throws: ``StoreError`` when a process writes the store there, when there is one, or when the copy is damaged.
    package static func restore(
        _ copy: StoreReader, in directory: String, replacesStore: Bool,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
        checking: (_ done: Int, _ total: Int) -> Void = { _, _ in }, damaged: (StoreReport) -> Void = { _ in }
    ) throws -> StoreCopy {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw StoreError.cannotMake(directory: directory, reason: plainReason(of: error))
        }
        let lock = try StoreLock(directory: directory)
        let path = Store.path(in: directory)
        let isThere = FileManager.default.fileExists(atPath: path)
        guard replacesStore || !isThere else { throw StoreError.storeExists(directory: directory) }
        let restored = try StoreCopy(of: copy, to: path, replacesFile: replacesStore, progress: progress) { file in
            // What is checked is what will be there, after it went over the disk.
            let report = try StoreReader(file: file).check(progress: checking)
            guard report.isSound else {
                damaged(report)
                throw StoreError.damaged(path: copy.path, count: report.damageCount)
            }
            if isThere { try removeLog(of: path) }
        }
        _ = consume lock
        return restored
    }

    /// What is in a store's log must be in its file before another takes its place: a log fits one file alone.
    private static func removeLog(of path: String) throws {
        do {
            let database = try DatabaseQueue(path: path)
            defer { try? database.close() }
            _ = try database.writeWithoutTransaction { db in
                try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            // In a damaged store there may be nothing to save.
        } catch let error as DatabaseError {
            // The log holds commits that the file has not: both stay.
            throw StoreError.cannotCopy(path: path, reason: error.message ?? "\(error.resultCode)")
        }
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
    }
}
