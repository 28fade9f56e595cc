import Foundation

/// Names of accounts, from the output of `aws organizations list-accounts`.
package struct AccountNames: Equatable, Sendable {
    struct Account: Equatable, Sendable {
        let id: String
        let name: String
        /// Empty unless the file says it: `list-accounts` does not.
        let organizationalUnit: String
    }

    /// By account id.
    private(set) var accounts: [String: Account] = [:]

    package init() {}

    var byID: [String: String] { accounts.mapValues(\.name) }

    /// An account as people know it: `prod (111122223333)`, or its id alone.
    package func text(_ id: String) -> String {
        accounts[id].map { $0.name.isEmpty ? id : "\($0.name) (\(id))" } ?? id
    }

    /// Reads `{"Accounts":[{"Id":…,"Name":…}]}`; an entry may have an `OrganizationalUnit`, too.
    ///
    /// - Throws: ``InputError``, which names the file.
    package init(file: String) throws(InputError) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw InputError("cannot read the accounts file \(file): there is no such file, or it may not be read")
        }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: data)
        } catch {
            throw InputError(
                "cannot read the accounts file \(file): got something else than the output of `aws organizations "
                    + "list-accounts` (\(error)); want {\"Accounts\":[{\"Id\":\"111122223333\",\"Name\":\"prod\"}]}")
        }
        for entry in document.accounts {
            guard entry.id.utf8.count == 12, entry.id.allSatisfy(\.isNumber) else {
                throw InputError("cannot read the accounts file \(file): got the Id \(entry.id); want 12 digits")
            }
            accounts[entry.id] = Account(
                id: entry.id, name: entry.name, organizationalUnit: entry.organizationalUnit ?? "")
        }
    }

    private struct Document: Decodable {
        struct Entry: Decodable {
            let id: String
            let name: String
            let organizationalUnit: String?

            enum CodingKeys: String, CodingKey {
                case id = "Id"
                case name = "Name"
                case organizationalUnit = "OrganizationalUnit"
            }
        }

        let accounts: [Entry]

        enum CodingKeys: String, CodingKey {
            case accounts = "Accounts"
        }
    }
}
