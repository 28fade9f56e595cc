import Foundation
import Testing

@testable import TrailServer

@Suite struct AccountNamesTests {
    @Test func `an account is called by its name and its id, or by its id alone`() throws {
        let names = try read(
            "{\"Accounts\":[{\"Id\":\"111122223333\",\"Name\":\"prod\"},{\"Id\":\"444455556666\",\"Name\":\"\"}]}")
        #expect(
            ["111122223333", "444455556666", "777788889999", ""].map(names.text)
                == ["prod (111122223333)", "444455556666", "777788889999", ""])
    }

    private func read(_ text: String) throws -> AccountNames {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("accounts-\(UUID().uuidString).json")
        try text.write(to: url, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: url) }
        return try AccountNames(file: url.path)
    }

    @Test func `the output of list-accounts is taken as it is`() throws {
        let names = try read(
            """
            {"Accounts":[{"Id":"111122223333","Arn":"arn:aws:organizations::1:account/o-1/1","Email":"a@example.com",
            "Name":"prod","Status":"ACTIVE","JoinedMethod":"CREATED","JoinedTimestamp":1500000000.0},
            {"Id":"444455556666","Name":"staging","OrganizationalUnit":"Workloads"}]}
            """)
        #expect(names.accounts["111122223333"]?.name == "prod")
        #expect(names.accounts["444455556666"]?.organizationalUnit == "Workloads")
    }

    @Test(arguments: ["", "[]", "{\"Accounts\":[{\"Id\":\"1\",\"Name\":\"a\"}]}", "{\"Accounts\":[{\"Name\":\"a\"}]}"])
    func `anything else is refused with the name of the file`(text: String) {
        let error = #expect(throws: InputError.self) { _ = try read(text) }
        #expect(error?.description.contains("accounts-") == true)
    }
}
