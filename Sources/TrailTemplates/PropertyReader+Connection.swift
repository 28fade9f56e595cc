import TrailAlarms
import TrailModel

/// `AWS::Events::ApiDestination` and `AWS::Events::Connection`.
extension PropertyReader {
    mutating func readApiDestination(named name: ResolvedValue) -> Declarations.Destination? {
        let destinationName = readEventsName(name)
        _ = text("Description", .droppable, length: 0...512)
        let connection = text("ConnectionArn", .required)
        if let connection, !isARN(connection) {
            reject("ConnectionArn", got: "'\(connection.prefix(100))'", want: "a connection's ARN")
        }
        let method = choice("HttpMethod", .required, among: ApiDestination.methods)
        let endpoint = readEndpoint("InvocationEndpoint")
        let rate = integer("InvocationRateLimitPerSecond", in: 1...Int64(Int32.max))
        guard isUsable, let destinationName, let connection, let method, let endpoint else { return nil }
        let destination = ApiDestination(
            name: destinationName, arn: evaluation.settings.eventsARN("api-destination", destinationName),
            connectionARN: connection, method: method, endpoint: endpoint,
            invocationRateLimitPerSecond: rate.map(Int.init), location: location)
        return Declarations.Destination(definition: destination, connectionLocation: place(of: "ConnectionArn"))
    }

    /// An address that is shown nowhere, for it may hold a secret.
    private mutating func readEndpoint(_ key: String) -> SecretText? {
        guard let endpoint = secret(key, .required, length: 1...2048) else { return nil }
        let text = endpoint.revealed
        let isHere = text.hasPrefix("http://") && isOnThisMachine(text)
        guard isHere || text.hasPrefix("https://"), text.utf8.count > 8, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else {
            reject(key, got: "an address of another form", want: "https://…")
            return nil
        }
        if isHere {
            evaluation.report(
                .warning, "AWS refuses the \(key) of \(owner): it is no https address", at: place(of: key))
        }
        return endpoint
    }

    mutating func readConnection(named name: ResolvedValue) -> Connection? {
        let connectionName = readEventsName(name)
        _ = text("Description", .droppable, length: 0...512)
        let kinds = ["API_KEY", "BASIC", "OAUTH_CLIENT_CREDENTIALS"]
        let kind = choice("AuthorizationType", .required, among: kinds)
        guard let kind, var reader = reader("AuthParameters", .required) else { return nil }
        reader.checkNames(among: [
            "ApiKeyAuthParameters", "BasicAuthParameters", "ConnectivityParameters", "InvocationHttpParameters",
            "OAuthParameters",
        ])
        let authorization = reader.readAuthorization(kind)
        let parameters = reader.readParameters("InvocationHttpParameters")
        merge(reader)
        guard isUsable, let connectionName, let authorization else { return nil }
        return Connection(
            name: connectionName, arn: evaluation.settings.eventsARN("connection", connectionName),
            authorization: authorization, parameters: parameters, location: location)
    }

    private mutating func readAuthorization(_ kind: String) -> Connection.Authorization? {
        let keys = [
            "API_KEY": "ApiKeyAuthParameters", "BASIC": "BasicAuthParameters",
            "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
        ]
        for (other, key) in keys.sorted(by: { $0.key < $1.key }) where other != kind && has(key) {
            reject(key, got: "it beside AuthorizationType \(kind)", want: keys[kind] ?? "", at: place(of: key))
        }
        guard let key = keys[kind], var reader = reader(key, .required) else { return nil }
        defer { merge(reader) }
        switch kind {
        case "API_KEY":
            reader.checkNames(among: ["ApiKeyName", "ApiKeyValue"])
            let name = reader.text("ApiKeyName", .required, length: 1...512)
            let value = reader.secret("ApiKeyValue", .required, length: 1...512)
            guard let name, let value else { return nil }
            return .apiKey(name: name, value: value)
        case "BASIC":
            reader.checkNames(among: ["Password", "Username"])
            let username = reader.secret("Username", .required, length: 1...512)
            let password = reader.secret("Password", .required, length: 1...512)
            guard let username, let password else { return nil }
            return .basic(username: username, password: password)
        default:
            return reader.readClientCredentials().map { .clientCredentials($0) }
        }
    }

    private mutating func readClientCredentials() -> Connection.ClientCredentials? {
        checkNames(among: ["AuthorizationEndpoint", "ClientParameters", "HttpMethod", "OAuthHttpParameters"])
        let endpoint = readEndpoint("AuthorizationEndpoint")
        let method = choice("HttpMethod", .required, among: ["GET", "POST", "PUT"])
        let parameters = readParameters("OAuthHttpParameters")
        guard var client = reader("ClientParameters", .required) else { return nil }
        client.checkNames(among: ["ClientID", "ClientSecret"])
        let id = client.secret("ClientID", .required, length: 1...512)
        let secret = client.secret("ClientSecret", .required, length: 1...512)
        merge(client)
        guard let endpoint, let method, let id, let secret else { return nil }
        return Connection.ClientCredentials(
            endpoint: endpoint, method: method, clientID: id, clientSecret: secret, parameters: parameters)
    }

    private mutating func readParameters(_ key: String) -> Connection.Parameters {
        guard var reader = reader(key) else { return Connection.Parameters() }
        defer { merge(reader) }
        reader.checkNames(among: ["BodyParameters", "HeaderParameters", "QueryStringParameters"])
        let headers = reader.readEntries("HeaderParameters")
        let query = reader.readEntries("QueryStringParameters")
        return Connection.Parameters(headers: headers, query: query, body: reader.readEntries("BodyParameters"))
    }

    private mutating func readEntries(_ key: String) -> [Connection.Parameters.Entry] {
        var entries: [Connection.Parameters.Entry] = []
        for var reader in readers(key, .droppable) {
            reader.checkNames(among: ["IsValueSecret", "Key", "Value"])
            let name = reader.text("Key", .required, length: 1...512)
            let value = reader.secret("Value", .required, length: 0...512)
            _ = reader.bool("IsValueSecret")
            merge(reader)
            if let name, let value { entries.append(Connection.Parameters.Entry(name, value)) }
        }
        return entries
    }
}
