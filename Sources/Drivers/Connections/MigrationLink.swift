internal import NIOCore
internal import NIOPosix
internal import TernEngine
internal import TernNode

extension NodeHost {
  /// MIGRATE's work on the network: the values are encoded on a background thread, sent, and the replies read on the main loop. Nobody else
  /// waits for it.
  func migrate(_ migration: Migration) {
    inBackground { [self] in
      let (bytes, sent) = migration.request(now: HostClock.wallMilliseconds())
      mainLoop.execute {
        let link = MigrationLink(self, migration, sent)
        // A ByteBuffer holds less than 4 GB, and traps beyond.
        if bytes.count < 1 << 31 { link.start(ByteBuffer(bytes: bytes)) } else { link.refuse() }
      }
    }
  }
}

/// The connection of one MIGRATE. On the main loop.
private final class MigrationLink: @unchecked Sendable {
  private let host: NodeHost
  private let migration: Migration
  /// Indices of the keys that were sent, in order.
  private let sent: [Int]
  private var channel: (any Channel)?
  private var parser = RESPReplyParser()
  private var replies = 0
  private var taken: [Int] = []
  private var error: String?
  private var timeout: Scheduled<Void>?
  private var isWritten = false
  /// To be sent when AUTH and SELECT have been answered.
  private var values: ByteBuffer?
  private var isOver = false

  init(_ host: NodeHost, _ migration: Migration, _ sent: [Int]) {
    self.host = host
    self.migration = migration
    self.sent = sent
  }

  /// The keys' values are more than one request can carry; fewer keys at a time can.
  func refuse() { finish(.answered(taken: [], error: "ERR The values of the keys are larger than 2 GB together; migrate fewer at a time")) }

  func start(_ request: ByteBuffer) {
    // Every key's time has run out on the way here.
    guard !sent.isEmpty else { return finish(.answered(taken: [], error: nil)) }
    guard (1...65535).contains(migration.port) else { return finish(.unreachable("connecting to")) }
    ClientBootstrap(group: host.mainLoop)
      .connectTimeout(.milliseconds(migration.timeoutMilliseconds))
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(MigrationHandler(self)) }
      }
      .connect(host: migration.host, port: migration.port).hop(to: host.mainLoop).whenComplete { [self] result in
        switch result {
        // Redis connects without waiting, and notices when it writes.
        case .failure: finish(.unreachable("writing to"))
        case .success(let channel):
          self.channel = channel
          values = request
          send(ByteBuffer(bytes: migration.prologue))
        }
      }
  }

  private func send(_ bytes: ByteBuffer) {
    alive()
    isWritten = false
    channel?.writeAndFlush(bytes).hop(to: host.mainLoop).whenComplete { [self] result in
      isWritten = true
      if case .failure = result { fail("writing to") } else { alive() }
    }
  }

  /// Something has moved: the time begins anew.
  private func alive() {
    timeout?.cancel()
    guard !isOver else { return }
    timeout = host.mainLoop.scheduleTask(in: .milliseconds(migration.timeoutMilliseconds)) { [self] in
      fail(isWritten ? "reading from" : "writing to")
    }
  }

  func received(_ buffer: ByteBuffer) {
    guard !isOver else { return }
    alive()
    parser.append(buffer.readableBytesView)
    do {
      while let reply = try parser.next() { take(reply) }
    } catch {
      fail("reading from")
    }
  }

  private func take(_ reply: RESPValue) {
    guard !isOver else { return }
    let index = replies - migration.prologueCount
    replies += 1
    if reply.isError {
      error = error ?? reply.text
      if index < 0 { return finish(.answered(taken: [], error: error)) }
    } else if index >= 0, index < sent.count {
      taken.append(sent[index])
    }
    if replies == migration.prologueCount, let values {
      self.values = nil
      send(values)
    } else if replies == migration.prologueCount + sent.count {
      finish(.answered(taken: taken, error: error))
    }
  }

  func ended() { fail("reading from") }

  private func fail(_ what: String) {
    guard !isOver else { return }
    finish(.interrupted(taken: taken, what))
  }

  private func finish(_ outcome: Migration.Outcome) {
    guard !isOver else { return }
    isOver = true
    timeout?.cancel()
    channel?.close(promise: nil)
    let now = HostClock.wallMilliseconds()
    host.withCore { $0.migrationFinished(migration, outcome, now: now) }
  }
}

private final class MigrationHandler: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  private let link: MigrationLink

  init(_ link: MigrationLink) { self.link = link }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { link.received(unwrapInboundIn(data)) }
  func channelInactive(context: ChannelHandlerContext) { link.ended() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
