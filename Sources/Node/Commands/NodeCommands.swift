package import TernEngine

/// The command table of a node: the engine's families and the node's own.
package enum NodeCommands {
  package static let all: [CommandSpec] =
    EngineCommands.all + DumpCommands.all + ReplicationCommands.all + PersistenceCommands.all + ConfigurationCommands.all + InfoCommands.all
    + MemoryCommands.all + QuorumCommands.all

  /// Those that a sentinel has as well.
  package static var ofSentinels: [CommandSpec] {
    all.compactMap { spec in
      guard spec.flags.contains(.sentinel) else { return nil }
      var spec = spec
      spec.subcommands = spec.subcommands.filter { $0.flags.contains(.sentinel) }
      return spec
    }
  }
}

extension NodeCore {
  /// Orders the host to answer a command.
  package static func forward(_ call: Call) { call.node.forwardToHost(call) }
}

extension Call {
  /// The node that the engine belongs to. Only the node's own commands ask, and they run in no other engine.
  var node: NodeCore { unsafeDowncast(engine.owner.unsafelyUnwrapped, to: NodeCore.self) }
}
