/// One kind of API call: what of its record does not change from call to call.
///
/// In `parameters`, `response`, `resources` and `additional`, which are JSON, ``Template`` fills `<account>`,
/// `<region>`, `<bucket>`, `<object>`, `<key>`, `<function>`, `<instance>`, `<secret>`, `<parameter>`, `<table>`,
/// `<user>`, `<uuid>`, `<hex>` and `<number>`.
package struct Call: Sendable {
    /// Who makes such calls in normal traffic.
    package enum Caller: Sendable {
        case people, roles, services
    }

    package enum Category: Sendable {
        case management, data, signIn
    }

    package struct Failure: Sendable {
        /// `nil` for a failed sign-in, which has a message alone.
        package let code: String?
        package let message: String

        package init(_ code: String?, _ message: String) {
            self.code = code
            self.message = message
        }

        /// Denials are rationed in normal traffic, because alarms watch them.
        var isDenial: Bool {
            guard let code else { return false }
            return code.hasPrefix("AccessDenied") || code.hasSuffix("UnauthorizedOperation")
        }
    }

    /// The service's short name: `ec2` of `ec2.amazonaws.com`.
    package var service: String
    package var name: String
    package var readOnly: Bool
    package var category: Category
    package var caller: Caller
    package var parameters: String
    package var response: String
    package var resources: String?
    package var additional: String?
    /// How often the call comes in normal traffic, relative to the others.
    package var weight: Int
    package var failures: [Failure]

    package init(
        _ service: String, _ name: String, readOnly: Bool = true, category: Category = .management,
        caller: Caller = .roles, parameters: String = "null", response: String = "null", resources: String? = nil,
        additional: String? = nil, weight: Int = 10, failures: [Failure] = []
    ) {
        self.service = service
        self.name = name
        self.readOnly = readOnly
        self.category = category
        self.caller = caller
        self.parameters = parameters
        self.response = response
        self.resources = resources
        self.additional = additional
        self.weight = weight
        self.failures = failures
    }
}
