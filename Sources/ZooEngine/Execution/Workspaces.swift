import Synchronization

/// Memory for the runs of an engine: as much of it as there are runs at the same time, whichever plans they are of.
final class Workspaces: Sendable {
  private let byteCount: Int
  private let device: OneDNN
  private let idle = Mutex<[Idle]>([])

  /// A workspace that nobody uses at the moment.
  private struct Idle: @unchecked Sendable {
    var workspace: Workspace
  }

  /// - Throws: `EngineError` where there is not the memory for one run.
  init(for plans: [Plan], on device: OneDNN) throws(EngineError) {
    byteCount = plans.map(\.arena.byteCount).max() ?? 0
    self.device = device
    giveBack(try Workspace(byteCount: byteCount, on: device))
  }

  /// One in which `runner` has run before, if possible: of the others less may have been used so far.
  func take(for runner: Runner) throws(EngineError) -> Workspace {
    let known = idle.withLock { idle in
      (idle.lastIndex { $0.workspace.knows(runner) } ?? idle.indices.last).map { idle.remove(at: $0) }
    }
    if let known { return known.workspace }
    return try Workspace(byteCount: byteCount, on: device)
  }

  func giveBack(_ workspace: Workspace) {
    let returned = Idle(workspace: workspace)
    idle.withLock { $0.append(returned) }
  }
}

/// An arena that is large enough for each of several plans, for one run at a time.
final class Workspace {
  private let arena: AlignedBuffer
  private let device: OneDNN
  private var sessions: [ObjectIdentifier: Session] = [:]

  init(byteCount: Int, on device: OneDNN) throws(EngineError) {
    arena = try AlignedBuffer(byteCount: byteCount)
    self.device = device
  }

  func knows(_ runner: Runner) -> Bool { sessions[ObjectIdentifier(runner)] != nil }

  /// The plan of `runner`, bound to this memory.
  func session(of runner: Runner) throws(EngineError) -> Session {
    if let known = sessions[ObjectIdentifier(runner)] { return known }
    let session = try Session(runner.plan, in: arena, on: device)
    sessions[ObjectIdentifier(runner)] = session
    return session
  }
}
