// Raw pointers go to `read` only, bounded by the buffer's count.

import Glibc

/// One entry of a directory, as `fstatat` tells it.
struct DirectoryEntry {
    enum Kind { case file, directory, other }

    let name: String
    let kind: Kind
    let size: Int64
    let modifiedNanoseconds: Int64
    let identity: FileIdentity
}

/// A file's device and inode, so that two names of one file are seen as one.
package struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
}

/// Why the file system refused; the message names the path and what the system said.
package struct FileSystemError: Error, Equatable, Sendable {
    package let path: String
    package let action: String
    package let code: Int32

    package var message: String {
        "cannot \(action) \(path): \(String(cString: strerror(code)))"
    }
}

/// Lists `path`, each entry with its size and times; symbolic links are followed, dangling ones left out.
///
/// Foundation's listing costs several times as much for each file; trails have hundreds of thousands.
func readDirectory(_ path: String) throws(FileSystemError) -> [DirectoryEntry] {
    guard let directory = opendir(path) else {
        throw FileSystemError(path: path, action: "list the directory", code: errno)
    }
    defer { closedir(directory) }
    let descriptor = dirfd(directory)
    var entries: [DirectoryEntry] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard name != ".", name != ".." else { continue }
        var status = stat()
        guard fstatat(descriptor, name, &status, 0) == 0 else { continue }
        entries.append(DirectoryEntry(name: name, status: status))
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}

/// What `stat` tells of `path`.
func statusOfFile(_ path: String) throws(FileSystemError) -> DirectoryEntry {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileSystemError(path: path, action: "read", code: errno) }
    return DirectoryEntry(name: path, status: status)
}

extension DirectoryEntry {
    init(name: String, status: stat) {
        self.name = name
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        default: kind = .other
        }
        size = Int64(status.st_size)
        modifiedNanoseconds = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }
}

/// Reads the whole file `path` over the front of `buffer` and returns its length; refuses files over `limit` bytes.
///
/// The buffer only grows, so that a file costs no clearing of memory. One byte more than told is asked for, so that a
/// file that grows meanwhile is seen to grow, and the end is known without a second call.
func readFile(_ path: String, into buffer: inout [UInt8], limit: Int) throws(FileSystemError) -> Int {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileSystemError(path: path, action: "open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileSystemError(path: path, action: "read", code: errno) }
    guard status.st_size <= limit else { throw FileSystemError(path: path, action: "read", code: EFBIG) }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    var length = 0
    grow(&buffer, toHold: Int(status.st_size) + 1)
    while true {
        if length == buffer.count {
            guard length <= limit else { throw FileSystemError(path: path, action: "read", code: EFBIG) }
            grow(&buffer, toHold: length + max(65_536, length))
        }
        let wanted = buffer.count - length
        let got = buffer.withUnsafeMutableBytes { bytes in
            read(descriptor, bytes.baseAddress.map { $0 + length }, wanted)
        }
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { throw FileSystemError(path: path, action: "read", code: errno) }
        length += got
        if got == 0 || isRegular && got < wanted && length >= status.st_size { return length }
    }
}

/// Makes room in large steps, so that a run of ever larger files does not copy at each.
private func grow(_ buffer: inout [UInt8], toHold count: Int) {
    guard buffer.count < count else { return }
    buffer += [UInt8](repeating: 0, count: max(count, buffer.count + buffer.count / 2) - buffer.count)
}
