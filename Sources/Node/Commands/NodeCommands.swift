package import TernEngine

/// The command table of a node: the engine's families and the node's own.
package enum NodeCommands {
  package static let all: [CommandSpec] =
    EngineCommands.all + KeyCommands.all + ReplicationCommands.all + PersistenceCommands.all + ConfigurationCommands.all + InfoCommands.all
}

extension Call {
  /// The node that the engine belongs to. Only the node's own commands ask, and they run in no other engine.
  var node: NodeCore { unsafeDowncast(engine.owner.unsafelyUnwrapped, to: NodeCore.self) }
}
