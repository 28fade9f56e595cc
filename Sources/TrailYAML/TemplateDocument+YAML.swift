import TrailModel
package import TrailTemplates
import Yams

/// Reads alarm files, YAML or JSON, into the trees that `TrailTemplates` understands, with a place for every value.
extension TemplateDocument {
    /// Limits that no useful template reaches, so that a hostile one costs little.
    package enum Limits {
        /// CloudFormation's limit for a template.
        package static let bytesMax = 1_048_576
        package static let depthMax = 64
        /// Values after aliases are replaced by what they name.
        package static let nodesMax = 200_000
    }

    /// Reads the first document of `text`; what is wrong with it becomes one error in `diagnostics`.
    ///
    /// JSON is read as the subset of YAML that it is. Short tags stay on the values they stand at, aliases are replaced
    /// by what they name, merge keys (`<<`) by the members they bring.
    package init(yaml text: String, file: String) {
        do throws(TreeError) {
            var tree = YAMLTree(file: file)
            let root = try tree.read(text)
            self.init(file: file, root: root, diagnostics: tree.diagnostics)
        } catch {
            self.init(file: file, root: nil, diagnostics: [error.diagnostic])
        }
    }
}
