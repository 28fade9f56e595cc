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

/// Reads the whole file `path` over `buffer`, which keeps its capacity; refuses files over `limit` bytes.
func readFile(_ path: String, into buffer: inout [UInt8], limit: Int) throws(FileSystemError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileSystemError(path: path, action: "open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileSystemError(path: path, action: "read", code: errno) }
    guard status.st_size <= limit else { throw FileSystemError(path: path, action: "read", code: EFBIG) }
    var length = 0
    // One byte more than told, so that a file that grows meanwhile is seen to grow.
    let told = Int(status.st_size) + 1
    if buffer.count < told { buffer.append(contentsOf: repeatElement(0, count: told - buffer.count)) }
    while true {
        if length == buffer.count {
            guard length <= limit else { throw FileSystemError(path: path, action: "read", code: EFBIG) }
            buffer.append(contentsOf: repeatElement(0, count: max(65_536, buffer.count)))
        }
        let got = buffer.withUnsafeMutableBytes { bytes in
            read(descriptor, bytes.baseAddress.map { $0 + length }, bytes.count - length)
        }
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { throw FileSystemError(path: path, action: "read", code: errno) }
        if got == 0 { break }
        length += got
    }
    buffer.removeLast(buffer.count - length)
}
