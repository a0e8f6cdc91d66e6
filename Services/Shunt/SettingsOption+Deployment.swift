import ModelStore
import Operations
import Postgres
import Settings
import WorkerRuntime

extension SettingsOption {
  /// The settings that all workers share.
  func deployment() throws -> DeploymentSettings {
    try SettingsSources(file: settings).read { (DeploymentSettings($0), RuntimeSettings($0)) }.value.0
  }

  /// The deployment, its database seen: stores wait for one without end, as a worker must and a command must not.
  func deployed() async throws -> Deployment {
    let deployment = Deployment(settings: try deployment())
    let connection = try Connection(deployment.database("command"))
    try await connection.ping()
    await connection.close()
    return deployment
  }

  /// The model store of the deployment.
  func modelStore() async throws -> ModelStore { try ModelStore(try await deployed().database("command")) }
}
