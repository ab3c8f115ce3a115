internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import TernNode
internal import TernPersistence

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A socket that takes connections.
struct Listener {
  let channel: any Channel
  let isUnixSocket: Bool
}

/// Why a node cannot listen.
package struct ListenError: Error, Sendable, CustomStringConvertible {
  /// Nil for the unix socket.
  package let port: Int?
  package let address: String
  /// The system's words.
  package let reason: String
  package let code: Int32
  package var description: String {
    port.map { "Could not create server TCP listening socket \(address):\($0): bind: \(reason)" }
      ?? "Failed opening Unix socket: bind: \(address): \(reason)"
  }
}

extension NodeHost {
  /// Opens all that the configuration names. Blocks; not on an event loop.
  func listen(_ configuration: Configuration) throws(ListenError) {
    var opened: [Listener] = []
    do throws(ListenError) {
      let port = try listenTCP(configuration, &opened)
      if let port { withCore { $0.setListeningPort(port) } }
      try listenUnix(configuration, &opened)
    } catch {
      close(opened)
      throw error
    }
    listenLock.withLock { listeners = opened }
  }

  /// The port that was bound; nil when there is none to bind. What was opened is in `opened` even when it throws.
  private func listenTCP(_ configuration: Configuration, _ opened: inout [Listener]) throws(ListenError) -> Int? {
    // redis-server takes port 0 as "no TCP"; `Options.choosesPort` is for those who want one of the system's choice.
    guard configuration.port != 0 || options.choosesPort else { return nil }
    let addresses = configuration.bind.addresses.isEmpty ? ["*", "-::*"] : configuration.bind.addresses
    var bound: Int?
    for word in addresses {
      let isOptional = word.hasPrefix("-")
      let name = isOptional ? String(word.dropFirst()) : word
      let ip = name == "*" ? "0.0.0.0" : name == "::*" ? "::" : name
      do throws(ListenError) {
        let channel = try bind(ip, shown: name, port: bound ?? configuration.port, configuration)
        bound = bound ?? channel.localAddress?.port
        opened.append(Listener(channel: channel, isUnixSocket: false))
      } catch {
        // An address of a family that this machine has not is no fault where it was marked so.
        let isMissing = [EAFNOSUPPORT, EADDRNOTAVAIL, ENOPROTOOPT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPFNOSUPPORT].contains(error.code)
        if isOptional, isMissing { continue }
        log(.warning, "Warning: \(error)")
        throw error
      }
    }
    return bound
  }

  private func bind(_ ip: String, shown: String, port: Int, _ configuration: Configuration) throws(ListenError) -> any Channel {
    var bootstrap = self.bootstrap(configuration)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
    if ip.contains(":") {
      bootstrap = bootstrap.serverChannelOption(ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
    }
    do {
      return try bootstrap.bind(host: ip, port: port).wait()
    } catch {
      throw ListenError(port: port, address: shown, reason: SystemErrorText.of(error), code: (error as? IOError)?.errnoCode ?? 0)
    }
  }

  private func bootstrap(_ configuration: Configuration) -> ServerBootstrap {
    ServerBootstrap(group: group, childGroup: group)
      .serverChannelOption(.backlog, value: Int32(clamping: configuration.tcpBacklog))
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: ClientHandler.readBytes))
      .childChannelOption(
        .writeBufferWaterMark,
        value: .init(low: ClientHandler.writeBufferBytes.lowerBound, high: ClientHandler.writeBufferBytes.upperBound)
      )
      .childChannelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(ClientHandler(host: self)) }
      }
  }

  private func listenUnix(_ configuration: Configuration, _ opened: inout [Listener]) throws(ListenError) {
    guard let path = configuration.unixsocket else { return }
    let full = FilePaths.join(configuration.dir.path, path)
    do {
      let channel = try bootstrap(configuration).bind(unixDomainSocketPath: full, cleanupExistingSocketFile: true).wait()
      opened.append(Listener(channel: channel, isUnixSocket: true))
      if configuration.unixsocketperm != 0 { chmod(full, mode_t(configuration.unixsocketperm)) }
    } catch {
      throw ListenError(port: nil, address: full, reason: SystemErrorText.of(error), code: (error as? IOError)?.errnoCode ?? 0)
    }
  }

  /// CONFIG SET port or bind. Connections that exist stay. What cannot be opened leaves the old addresses as they are.
  func relisten(_ change: NodeEffect.Relisten) {
    let configuration = withCore { $0.configuration }
    let change = UncheckedTransfer(change)
    inBackground { [self] in
      let succeeded = relistenLock.withLock { relisten(configuration, instead: change.value.old) }
      let now = HostClock.wallMilliseconds()
      withCore { $0.listened(change.value, succeeded: succeeded, now: now) }
    }
  }

  private func relisten(_ configuration: Configuration, instead old: Configuration) -> Bool {
    let former = listenLock.withLock { listeners.filter { !$0.isUnixSocket } }
    var opened: [Listener] = []
    var port: Int?
    var succeeded = true
    do throws(ListenError) {
      do throws(ListenError) {
        port = try listenTCP(configuration, &opened)
        close(former)
      } catch {
        guard error.code == EADDRINUSE, configuration.port == old.port else { throw error }
        // The old addresses may be in the way of the new ones on the same port.
        close(opened)
        opened = []
        close(former)
        port = try listenTCP(configuration, &opened)
      }
    } catch {
      succeeded = false
      close(opened)
      opened = []
      log(.warning, "Unable to listen on this port: \(error)")
      if former.contains(where: { $0.channel.isActive }) { return false }
      port = try? listenTCP(old, &opened)
    }
    withCore { $0.setListeningPort(port ?? 0) }
    listenLock.withLock { listeners = listeners.filter(\.isUnixSocket) + opened }
    return succeeded
  }

  private func close(_ listeners: [Listener]) {
    for listener in listeners { try? listener.channel.close().wait() }
  }

  /// Not on an event loop.
  func closeListeners() {
    close(listenLock.withLock { listeners })
    listenLock.withLock { listeners = [] }
  }

  /// The address of the first TCP listener.
  package var boundPort: Int? { listenLock.withLock { listeners.first { !$0.isUnixSocket }?.channel.localAddress?.port } }
}

extension ClientHandler {
  /// As Redis: probes after the configured time, then three more a third of it apart.
  func setKeepalive() {
    guard let options = context?.channel.syncOptions else { return }
    if case .unixDomainSocket? = context?.channel.localAddress { return }
    let seconds = host.limits.keepaliveSeconds
    try? options.setOption(.socketOption(.so_keepalive), value: seconds > 0 ? 1 : 0)
    guard seconds > 0 else { return }
    #if os(Linux)
      let interval = ChannelOptions.Types.SocketOption.Value(max(1, seconds / 3))
      try? options.setOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: ChannelOptions.Types.SocketOption.Value(seconds))
      try? options.setOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: interval)
      try? options.setOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
    #endif
  }
}
