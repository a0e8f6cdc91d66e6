import ArgumentParser
import Cascade
import ModelStore

extension AnsweredBy: ExpressibleByArgument {
  /// By the name that the model store has for it.
  public init?(argument: String) { self.init(roleName: argument) }

  /// All of the store's names.
  public static var allValueStrings: [String] { allCases.map(\.roleName) }

  /// The store's name.
  public var defaultValueDescription: String { roleName }
}
