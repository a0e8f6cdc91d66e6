import Cascade
import ModelStore
import Postgres
import TestSupport
import Testing

@Suite struct PromotionTests {
  @Test func promotionRetiresTheOneBefore() async throws {
    try await withModels { store, _ in
      let (first, second) = (try await store.candidate("1"), try await store.candidate("2"))
      try await store.promote(first, who: "gate", why: "first")
      try await store.promote(second, who: "gate", why: "81.4 % at 1.8 %")
      try await #expect(store.activeVersion() == "2")
      try await #expect(store.version(first).state == .retired)
      let history = try await store.history(task: "intents")
      #expect(history.map(\.kind) == [.registered, .registered, .promoted, .retired, .promoted])
      #expect(history.last?.replaced == first)
      #expect(history.last?.why == "81.4 % at 1.8 %")
    }
  }

  /// An announced task does without a specific model: before its first one, and again where that is taken back.
  @Test func anAnnouncedTaskDoesWithoutASpecificModel() async throws {
    try await withModels { store, _ in
      let slot = ModelSlot(task: "intents", role: .specific)
      let first = try await store.candidate("1", role: .specific)
      try await store.promote(first, who: "gate", why: "first")
      let error = await #expect(throws: ModelStoreError.self) {
        try await store.rollBack(slot, who: "operator", why: "errors")
      }
      #expect(error?.kind == .state)
      for _ in 0..<2 { try await store.announce(task: "intents") }
      try await #expect(store.serving().announced == ["intents"])
      #expect(try await store.rollBack(slot, who: "operator", why: "errors") == nil)
      try await #expect(store.serving().active.isEmpty)
      try await #expect(store.version(first).state == .retired)
    }
  }

  @Test func promotingTheActiveVersionChangesNothing() async throws {
    try await withModels { store, _ in
      let first = try await store.candidate("1")
      try await store.promote(first, who: "gate", why: "first")
      try await store.promote(first, who: "gate", why: "again")
      try await #expect(store.history(of: first).count == 2)
    }
  }

  /// Nobody could load it: routers would refuse it, or stand without a model after a restart.
  @Test func aVersionWhoseBytesAreBrokenIsNeverPromoted() async throws {
    try await withModels { store, settings in
      for version in ["1", "2"] { try await store.promote(store.candidate(version), who: "gate", why: version) }
      let third = try await store.candidate("3")
      let connection = try Connection(settings)
      try await connection.execute("UPDATE model_versions SET artifact = artifact || '\\x00' WHERE version <> '2'")
      await connection.close()
      for promote in [
        { try await store.promote(third, who: "operator", why: "by hand") },
        { try await store.move(third, to: .active, who: "distiller", why: "gate") },
        { _ = try await store.rollBack(learnable, who: "operator", why: "errors") },
      ] {
        let error = await #expect(throws: ModelStoreError.self) { try await promote() }
        #expect(error?.kind == .brokenArtifact)
        try await #expect(store.activeVersion() == "2")
      }
    }
  }

  @Test func rolesAndTasksDoNotDisturbEachOther() async throws {
    try await withModels { store, _ in
      let small = try await store.candidate("1", role: .specific)
      let learning = try await store.candidate("1")
      try await store.promote(small, who: "test", why: "")
      try await store.promote(learning, who: "test", why: "")
      try await #expect(store.serving().active.count == 2)
    }
  }

  @Test func rollingBackGoesBackStepByStep() async throws {
    try await withModels { store, _ in
      for version in ["1", "2", "3"] { try await store.promote(store.candidate(version), who: "gate", why: version) }
      for expected in ["2", "1"] {
        let model = try await store.rollBack(learnable, who: "operator", why: "errors")
        #expect(model?.description.version == expected)
        #expect(model?.state == .active)
        try await #expect(store.activeVersion() == expected)
      }
      // The first took nothing's place: back to none.
      try await #expect(store.rollBack(learnable, who: "operator", why: "errors") == nil)
      try await #expect(store.activeVersion() == nil)
      let error = await #expect(throws: ModelStoreError.self) {
        try await store.rollBack(learnable, who: "operator", why: "errors")
      }
      #expect(error?.kind == .unknown)
    }
  }

  @Test(arguments: [AnsweredBy.specific, .large])
  func theOnlyOneThatATaskNeedsStays(role: AnsweredBy) async throws {
    try await withModels { store, _ in
      try await store.promote(store.candidate("1", role: role), who: "gate", why: "")
      let error = await #expect(throws: ModelStoreError.self) {
        try await store.rollBack(ModelSlot(task: "intents", role: role), who: "operator", why: "errors")
      }
      #expect(error?.kind == .state)
      #expect(error?.message.contains("the task needs a \(role.roleName) model") == true)
    }
  }

  @Test func aVersionThatCameBackIsRolledBackToItsOwnPredecessor() async throws {
    try await withModels { store, _ in
      for version in ["1", "2"] { try await store.promote(store.candidate(version), who: "gate", why: version) }
      try await store.rollBack(learnable, who: "operator", why: "errors")
      try await store.promote(store.candidate("3"), who: "gate", why: "3")
      let model = try await store.rollBack(learnable, who: "operator", why: "errors")
      #expect(model?.description.version == "1")
    }
  }

  @Test func aRollbackFromAVersionThatIsNoLongerActiveDoesNothing() async throws {
    try await withModels { store, _ in
      for version in ["1", "2", "3"] { try await store.promote(store.candidate(version), who: "gate", why: version) }
      let third = try #require(try await store.serving().active[learnable])
      try await store.rollBack(learnable, from: third.id, who: "a", why: "errors")
      let error = await #expect(throws: ModelStoreError.self) {
        try await store.rollBack(learnable, from: third.id, who: "b", why: "errors")
      }
      #expect(error?.kind == .state)
      try await #expect(store.activeVersion() == "2")
    }
  }

  @Test func onlyAllowedStepsAreTaken() async throws {
    try await withModels { store, _ in
      let model = try await store.candidate("1")
      let error = await #expect(throws: ModelStoreError.self) {
        try await store.move(model, to: .retired, who: "test", why: "")
      }
      #expect(error?.message == "intents 1 is candidate and cannot become retired")
      try await store.move(model, to: .shadow, who: "test", why: "watch it")
      try await #expect(store.serving().shadows.map(\.id) == [model])
      try await store.move(model, to: .rejected, who: "gate", why: "tail 3 points worse")
      try await #expect(store.version(model).reasons == "tail 3 points worse")
      try await store.promote(model, who: "operator", why: "by hand")
      try await store.move(model, to: .retired, who: "operator", why: "off")
      let serving = try await store.serving()
      #expect(serving.active.isEmpty && serving.shadows.isEmpty)
      try await #expect(
        store.history(of: model).map(\.kind) == [.registered, .shadowed, .rejected, .promoted, .retired])
    }
  }

  /// Promotions and rollbacks from many sides at once, and an observer that never sees none or two active.
  @Test func underConcurrentChangesExactlyOneIsActive() async throws {
    try await withModels { store, settings in
      let slot = ModelSlot(task: "intents", role: .specific)
      try await store.promote(store.candidate("0", role: .specific), who: "gate", why: "start")
      var candidates: [Int] = []
      for version in 1...12 { candidates.append(try await store.candidate("\(version)", role: .specific)) }
      try await withThrowingTaskGroup { group in
        for share in [candidates[..<6], candidates[6...]] {
          group.addTask {
            let own = try ModelStore(settings)
            for id in share { try await own.promote(id, who: "gate", why: "race") }
          }
        }
        group.addTask {
          let own = try ModelStore(settings)
          for _ in 0..<6 {
            do { try await own.rollBack(slot, who: "operator", why: "race") } catch let error as ModelStoreError
              where error.kind == .state
            {}
          }
        }
        group.addTask {
          let observer = try Connection(settings)
          for _ in 0..<40 {
            let row = try await observer.query("SELECT count(*) AS n FROM model_versions WHERE state = 'active'").one()
            #expect(try row["n"] == 1)
          }
        }
        try await group.waitForAll()
      }
      try await #expect(store.serving().active[slot] != nil)
      // Every promotion and rollback but the first took exactly one version's place.
      let events = try await store.history(task: "intents")
      let arrivals = events.filter { $0.to == .active }
      #expect(arrivals.count(where: { $0.replaced == nil }) == 1)
      #expect(events.count(where: { $0.kind == .retired }) == arrivals.count - 1)
    }
  }

  @Test func theDatabaseItselfRefusesTwoActive() async throws {
    try await withModels { store, settings in
      try await store.promote(store.candidate("1"), who: "gate", why: "")
      let second = try await store.candidate("2")
      let error = await #expect(throws: PostgresError.self) {
        try await Connection(settings).execute(
          "UPDATE model_versions SET state = 'active' WHERE id = $1", [.integer(second)])
      }
      #expect(error?.constraint == "one_active_version")
    }
  }
}

@Suite struct ServingChangesTests {
  @Test func aRouterHearsOfEachChangeAndCatchesUp() async throws {
    try await withModels { store, settings in
      try await store.promote(store.candidate("1"), who: "gate", why: "")
      var listening = settings
      listening.applicationName = "router"
      var changes = try ModelStore(listening).changes(backoff: Backoff(initial: .milliseconds(1))).makeAsyncIterator()
      func next() async throws -> String? {
        try await changes.next()?.active[learnable]?.description.version
      }
      try await #expect(next() == "1")
      try await store.promote(store.candidate("2"), who: "gate", why: "")
      try await #expect(next() == "2")

      // While the router is away, two promotions pass; it sees the last.
      let administrator = try Connection(settings)
      try await administrator.query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'router' AND datname = current_database()
        """)
      try await store.promote(store.candidate("3"), who: "gate", why: "")
      try await store.promote(store.candidate("4"), who: "gate", why: "")
      try await #expect(next() == "4")
      try await store.rollBack(learnable, who: "operator", why: "")
      try await #expect(next() == "3")
    }
  }

  /// Behind a pooler no notification is heard: the tables are looked at now and then.
  @Test func aChangeThatNobodyToldOfIsSeen() async throws {
    try await withModels { store, settings in
      let (first, second) = (try await store.candidate("1"), try await store.candidate("2"))
      try await store.promote(first, who: "gate", why: "")
      var changes = try store.changes(quiet: .milliseconds(5)).makeAsyncIterator()
      try await #expect(changes.next()?.active[learnable]?.id == first)
      let administrator = try Connection(settings)
      try await administrator.run(
        script: """
          UPDATE model_versions SET state = 'retired' WHERE id = \(first);
          UPDATE model_versions SET state = 'active' WHERE id = \(second);
          """)
      try await #expect(changes.next()?.active[learnable]?.id == second)
    }
  }

  @Test func theSaltOfDrawsIsTheDeploymentsOwn() async throws {
    try await withModels { store, settings in
      let salt = try await store.drawSalt()
      try await #expect(ModelStore(settings).drawSalt() == salt)
      try await ModelSchema.migrate(Connection(settings))
      try await #expect(store.drawSalt() == salt)
      let other = try await PostgresTestDatabase.with { settings in
        try await ModelSchema.migrate(Connection(settings))
        return try await ModelStore(settings).drawSalt()
      }
      #expect(other != salt)
    }
  }
}
