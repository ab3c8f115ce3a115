internal import NIOCore
internal import NIOPosix
internal import TernEngine
internal import TernNode
internal import TernPersistence

/// What is on its way to a connection that is a replica.
struct ReplicaStream {
  /// Bytes of the log that were handed to the channel, and are not yet in the socket.
  var bytesInFlight = 0
  /// A thread reads the append only file for it; what comes from memory must come behind that.
  var isReading = false
  var compressor: LinkCompressor?
  var isPrepared = false
  static let bytesInFlightMax = 1 << 20
  static let chunkBytesMax = 256 << 10
  /// The file is behind the log for a moment.
  static let readAgainMilliseconds: Int64 = 20
}

extension ClientHandler {
  /// Sends the log to this replica as long as there is some and the socket takes it.
  func pump() {
    guard let session, let context, context.channel.isActive, !stream.isReading else { return }
    prepareForReplica(context)
    // The answer to PSYNC stands in front of the stream.
    collectReplies(session)
    flush(context)
    var wrote = false
    while stream.bytesInFlight < ReplicaStream.bytesInFlightMax {
      let next = host.withCore { $0.nextStream(for: session, limit: ReplicaStream.chunkBytesMax) }
      guard let next else { break }
      switch next {
      case .bytes(let bytes, let offset, let isCompressed):
        write(bytes, upTo: offset, isCompressed: isCompressed, session, context)
        wrote = true
      case .disk(let position):
        readDisk(from: position, session)
      }
      if stream.isReading { break }
    }
    if wrote { context.flush() }
  }

  /// Once, when the connection has turned out to be a replica's.
  private func prepareForReplica(_ context: ChannelHandlerContext) {
    guard !stream.isPrepared else { return }
    stream.isPrepared = true
    guard host.withCore({ $0.configuration.replDisableTcpNodelay }) else { return }
    try? context.channel.syncOptions?.setOption(ChannelOptions.Types.SocketOption(level: .tcp, name: .tcp_nodelay), value: 0)
  }

  private func write(_ bytes: [UInt8], upTo offset: Int64, isCompressed: Bool, _ session: Session, _ context: ChannelHandlerContext) {
    let count = bytes.count
    stream.bytesInFlight += count
    let promise = writePromise(context) { [weak self] result in
      guard let self else { return }
      stream.bytesInFlight -= count
      guard case .success = result, self.session === session else { return }
      let now = HostClock.wallMilliseconds()
      host.withCore { $0.streamSent(session, upTo: offset, now: now) }
      pump()
    }
    context.write(wrapOutboundOut(isCompressed ? compress(bytes, session) : ByteBuffer(bytes: bytes)), promise: promise)
  }

  private func compress(_ bytes: [UInt8], _ session: Session) -> ByteBuffer {
    if stream.compressor == nil { stream.compressor = LinkCompressor() }
    guard let compressor = stream.compressor else {
      // The replica expects an envelope or none; a link that has none yet may go on as it is.
      return ByteBuffer(bytes: bytes)
    }
    var wire: [UInt8] = []
    wire.reserveCapacity(bytes.count / 2 + 64)
    let bypassed = bytes.withUnsafeBytes { compressor.compress($0, into: &wire) }
    host.withCore { $0.streamCompressed(session, raw: bytes.count, wire: wire.count, bypassed: bypassed) }
    return ByteBuffer(bytes: wire)
  }

  // MARK: from the append only file

  private func readDisk(from position: Int64, _ session: Session) {
    stream.isReading = true
    let index = host.persistence?.logIndex
    host.inBackground {
      var bytes: [UInt8]?
      var reason = "it is not there any more"
      do throws(FileSystemError) {
        bytes = try index?.read(from: position, limit: ReplicaStream.chunkBytesMax)
      } catch {
        reason = "\(error)"
      }
      let outcome = (bytes: bytes, reason: reason)
      self.onLoop { $0.diskRead(outcome.bytes, from: position, outcome.reason) }
    }
  }

  private func diskRead(_ bytes: [UInt8]?, from position: Int64, _ reason: String) {
    stream.isReading = false
    guard let session, let context, context.channel.isActive else { return }
    guard let bytes else {
      let now = HostClock.wallMilliseconds()
      // By now it may be in memory again only if the replica's cursor has moved, which nobody else does.
      return host.withCore { $0.diskReadFailed(session, from: position, reason, now: now) }
    }
    if bytes.isEmpty {
      context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(ReplicaStream.readAgainMilliseconds)) { [weak self] in
        self?.pump()
      }
      return
    }
    let end = position + Int64(bytes.count)
    guard let isCompressed = host.withCore({ $0.tookFromDisk(session, position..<end) }) else { return }
    write(bytes, upTo: end, isCompressed: isCompressed, session, context)
    context.flush()
    pump()
  }

  /// One piece of a full sync; `whenSent` says whether it left.
  func send(_ bytes: ByteBuffer, whenSent: @escaping @Sendable (Result<Void, any Error>) -> Void) {
    guard let session, let context, context.channel.isActive else { return whenSent(.failure(ChannelError.ioOnClosedChannel)) }
    prepareForReplica(context)
    collectReplies(session)
    flush(context)
    let promise = writePromise(context, whenSent)
    context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
  }
}
